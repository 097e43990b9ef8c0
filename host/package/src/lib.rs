//! Package folder to validated edition: lists, flows, parameters, policies and rule sources, with every diagnostic in one pass.
