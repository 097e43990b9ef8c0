//! Pure double-entry bookkeeping of points, money and goods.
