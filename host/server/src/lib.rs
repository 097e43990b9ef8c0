//! The HTTP face: wire types, routes, problem table, pages.
