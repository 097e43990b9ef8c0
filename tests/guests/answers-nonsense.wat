;; Answers one row with one event; the day of the question picks what is wrong with the answer (0: nothing).
;; A core module; the tests turn it into a component of the world `scoring` (schemas/wit/rules/v0_1).
(module
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 32768))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  ;; An empty description lies at 0: three empty texts and three empty lists.
  (func (export "xiangyue:rules/scorer@0.1.0#describe") (result i32) (i32.const 0))
  ;; Symbols: item, reason, clause, blank. Each entry is a place and a length.
  (data (i32.const 1024) "item")
  (data (i32.const 1032) "reason")
  (data (i32.const 1040) "clause")
  (data (i32.const 1048) "  ")
  (data (i32.const 2048) "\00\04\00\00\04\00\00\00\08\04\00\00\06\00\00\00\10\04\00\00\06\00\00\00\18\04\00\00\02\00\00\00")
  ;; One row: ok, claims 0+1. A row takes 20 bytes.
  (data (i32.const 3072) "\00\00\00\00\00\00\00\00\01\00\00\00")
  ;; Two claims: item 0, points 100, reason 1, clause 2, event 0+1 and 1+0, no facts. A claim takes 40 bytes.
  (data (i32.const 4096) "\00\00\00\00\00\00\00\00\64\00\00\00\00\00\00\00\01\00\00\00\02\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00")
  (data (i32.const 4136) "\00\00\00\00\00\00\00\00\64\00\00\00\00\00\00\00\01\00\00\00\02\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
  ;; The answer at 8192: ok, then symbols, rows, claims, events, facts.
  (data (i32.const 8192) "\00\00\00\00\00\08\00\00\04\00\00\00\00\0c\00\00\01\00\00\00\00\10\00\00\02\00\00\00\00\14\00\00\01\00\00\00\00\00\00\00\00\00\00\00")
  (func (export "xiangyue:rules/scorer@0.1.0#score") (param i64 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (block $done
      (block $9 (block $8 (block $7 (block $6 (block $5 (block $4 (block $3 (block $2 (block $1
        (br_table $done $1 $2 $3 $4 $5 $6 $7 $8 $9 $done (i32.wrap_i64 (local.get 0))))
        ;; 1: no answer for the row
        (i32.store (i32.const 8208) (i32.const 0)) (br $done))
        ;; 2: claims 5+3 of two
        (i32.store (i32.const 3076) (i32.const 5)) (i32.store (i32.const 3080) (i32.const 3)) (br $done))
        ;; 3: more points than there are
        (i64.store (i32.const 4104) (i64.const 2000000000000)) (br $done))
        ;; 4: a symbol that does not exist
        (i32.store (i32.const 4112) (i32.const 99)) (br $done))
        ;; 5: symbols outside the memory
        (i32.store (i32.const 8196) (i32.const 65528)) (br $done))
        ;; 6: an event that was not asked about
        (i32.store (i32.const 5120) (i32.const 7)) (br $done))
        ;; 7: two claims for one item
        (i32.store (i32.const 3080) (i32.const 2)) (br $done))
        ;; 8: a blank reason
        (i32.store (i32.const 4112) (i32.const 3)) (br $done))
        ;; 9: a text that is not UTF-8
        (i32.store8 (i32.const 1024) (i32.const 255)))
    (i32.const 8192)))
