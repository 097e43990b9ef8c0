#[path = "it/guests.rs"] mod guests;
#[path = "it/household.rs"] mod household;
use std::time::Instant;
use rules::*; use std::hint::black_box;
#[test] fn measure() {
  let host = RuleHost::new(Limits::default()).unwrap();
  for f in ["../../policies/laixi/townships/370285102-xiagezhuang/editions/2026-01-01/rules/household-sanitation.wasm","/tmp/hs-2.wasm","/tmp/hs-3.wasm"] {
  let bytes = std::fs::read(f).unwrap();
  let mut best=u128::MAX; let mut rule=None; for _ in 0..10 { let t=Instant::now(); rule=Some(host.load_component(&bytes).unwrap()); best=best.min(t.elapsed().as_micros()); } 
  let rule = rule.unwrap(); print!("{f} load best {best}us ");
  let mk=|n:i64| RuleInput{day:20500, settings: guests::named(&[("w",200),("cap",2000)]), rows:(0..n).map(|n| household::house(&format!("h{n:04}"), &["p9"], &[n*37%50*200, n*91%50*200, 7000, 6500, n*13%50*200])).collect()};
  for n in [1,300] { let i=mk(n); let (_,r)=rule.settle(&i).unwrap(); let mut best=u128::MAX; for _ in 0..200 { let t=Instant::now(); black_box(rule.settle(black_box(&i)).unwrap()); best=best.min(t.elapsed().as_micros()); } print!("| {n}: fuel {} call best {best}us ", r.fuel_used); } println!(); }
}
