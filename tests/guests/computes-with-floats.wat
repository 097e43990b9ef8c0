;; Half a point.
(component
  (core module
    (func (export "half") (result f64) (f64.div (f64.const 1) (f64.const 2)))))
