;; A rule of the world `scoring` (schemas/wit/rules/v1_0) that answers one row with one claim. The corpus beside it
;; changes one thing at a time: `{{fields}}` in the module, `{{score}}` before the answer is given.
(module
  (import "xiangyue:rules/diag@1.0.0" "log" (func $log (param i32 i32 i32)))
  (import "xiangyue:rules/diag@1.0.0" "report-panic" (func $panic (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 4)
  (global $free (mut i32) (i32.const 131072))
  {{fields}}
  (func $realloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func (export "xiangyue:rules/scorer@1.0.0#describe") (result i32) (local $i i32) {{describe}} (i32.const 16))
  ;; The description at 16: id, title, version; settings, kinds, quantities, facts, items, figures, reasons, clauses,
  ;; refusals, notes, grades. Each is a place and a length.
  (data (i32.const 16)
    "\00\04\00\00\04\00\00\00" "\00\04\00\00\04\00\00\00" "\08\04\00\00\03\00\00\00"
    "\00\00\00\00\00\00\00\00" "\00\08\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00" "\00\00\00\00\00\00\00\00"
    "\40\08\00\00\01\00\00\00" "\80\08\00\00\01\00\00\00" "\c0\08\00\00\01\00\00\00" "\00\09\00\00\01\00\00\00"
    "\40\09\00\00\01\00\00\00" "\80\09\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00")
  ;; 1024 "rule", 1032 "1.0", 1040 "visit", 1048 "n", 1056 "because {n}", 1072 "NO"
  (data (i32.const 1024) "rule\00\00\00\001.0\00\00\00\00\00visit\00\00\00n\00\00\00\00\00\00\00because {n}\00\00\00\00\00NO\00")
  ;; kinds: visit
  (data (i32.const 2048) "\10\04\00\00\05\00\00\00" "\10\04\00\00\05\00\00\00" "\00\00\00\00\00\00\00\00")
  ;; items: rule
  (data (i32.const 2112) "\00\04\00\00\04\00\00\00" "\00\04\00\00\04\00\00\00" "\00\00\00\00\00\00\00\00")
  ;; figures: n, a count without labels
  (data (i32.const 2176) "\18\04\00\00\01\00\00\00" "\18\04\00\00\01\00\00\00" "\00\00\00\00" "\00\00\00\00\00\00\00\00")
  ;; reasons: rule, "because {n}"
  (data (i32.const 2240) "\00\04\00\00\04\00\00\00" "\20\04\00\00\0b\00\00\00" "\00\00\00\00\00\00\00\00")
  ;; clauses: rule
  (data (i32.const 2304) "\00\04\00\00\04\00\00\00" "\00\04\00\00\04\00\00\00" "\00\00\00\00\00\00\00\00")
  ;; refusals: NO, "rule"; notes: rule, "rule"
  (data (i32.const 2368) "\30\04\00\00\02\00\00\00" "\00\04\00\00\04\00\00\00" "\00\00\00\00\00\00\00\00")
  (data (i32.const 2432) "\00\04\00\00\04\00\00\00" "\00\04\00\00\04\00\00\00" "\00\00\00\00\00\00\00\00")
  ;; The answer at 8192: ok; rows at 8704, claims at 9216, events at 9728, figures at 9744, notes at 9984, state at 16384.
  (data (i32.const 8192) "\00\00\00\00"
    "\00\22\00\00\01\00\00\00" "\00\24\00\00\01\00\00\00" "\00\26\00\00\01\00\00\00"
    "\10\26\00\00\01\00\00\00" "\00\27\00\00\00\00\00\00" "\00\40\00\00\00\00\00\00")
  ;; One row, 32 bytes: no refusal, claims 0+1, figures 0+0, state 0+0.
  (data (i32.const 8704) "\00\00\00\00\00\00\00\00" "\00\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00" "\00\00\00\00\00\00\00\00")
  ;; A claim, 40 bytes, and the same again: item 0, points 100, reason 0, clause 0, events 0+1, figures 0+1.
  (data (i32.const 9216)
    "\00\00\00\00\00\00\00\00" "\64\00\00\00\00\00\00\00" "\00\00\00\00\00\00\00\00" "\00\00\00\00\01\00\00\00" "\00\00\00\00\01\00\00\00"
    "\00\00\00\00\00\00\00\00" "\64\00\00\00\00\00\00\00" "\00\00\00\00\00\00\00\00" "\00\00\00\00\00\00\00\00" "\00\00\00\00\00\00\00\00")
  ;; Event 0; figure n = 1.
  (data (i32.const 9744) "\00\00\00\00\00\00\00\00" "\01\00\00\00\00\00\00\00")
  (func (export "xiangyue:rules/scorer@1.0.0#score") (param $asked i32) (result i32)
    (local $i i32)
    {{score}}
    (i32.const 8192)))
