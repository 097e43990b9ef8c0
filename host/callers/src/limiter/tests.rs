use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn rate(per_second: u32, burst: u32) -> Rate {
    Rate::new(per_second, burst).unwrap()
}

fn taken(limiter: &RateLimiter, caller: &str, rate: Rate, now_ms: i64, times: u32) -> u32 {
    (0..times).map(|_| u32::from(limiter.check(caller, rate, now_ms).is_ok())).sum()
}

#[test]
fn a_burst_then_the_rate() {
    let limiter = RateLimiter::new();
    let slow = rate(2, 5);
    assert_eq!(taken(&limiter, "a", slow, 0, 20), 5);
    assert_eq!(limiter.check("a", slow, 0), Err(RetryAfterSeconds(1)));
    assert_eq!(taken(&limiter, "a", slow, 499, 20), 0);
    assert_eq!(taken(&limiter, "a", slow, 500, 20), 1);
    assert_eq!(taken(&limiter, "a", slow, 1500, 20), 2);
    assert_eq!(taken(&limiter, "a", slow, 1_000_000, 20), 5);
    // another caller has a bucket of its own
    assert_eq!(taken(&limiter, "b", slow, 0, 20), 5);
    assert_eq!(limiter.len(), 2);
    assert_eq!(RetryAfterSeconds(1).to_string(), "too many requests; try again in 1 s");
}

#[test]
fn extreme_times_and_rates_do_not_overflow() {
    let limiter = RateLimiter::new();
    let fast = rate(1_000_000, 1_000_000);
    for now in [i64::MIN, 0, i64::MAX, i64::MIN, i64::MAX - 1, -1] {
        assert!(limiter.check("a", fast, now).is_ok(), "{now}");
    }
    let one = rate(1, 1);
    assert_eq!(taken(&limiter, "b", one, i64::MAX, 3), 1);
    assert_eq!(taken(&limiter, "b", one, i64::MIN, 3), 0);
    assert_eq!((Rate::new(0, 1), Rate::new(1, 0), Rate::new(1_000_001, 1)), (None, None, None));
}

#[test]
fn a_new_rate_holds_from_now_on() {
    let limiter = RateLimiter::new();
    assert_eq!(taken(&limiter, "a", rate(1, 100), 0, 1), 1);
    // fewer at once: what is above it is gone
    assert_eq!(taken(&limiter, "a", rate(1, 2), 0, 9), 2);
    // the second in between was earned at one a second
    assert_eq!(taken(&limiter, "a", rate(1000, 1000), 1000, 9), 1);
}

#[test]
fn memory_is_bounded_and_forgetting_gives_nothing_away() {
    let limiter = RateLimiter::with_room(64);
    let slow = rate(1, 3);
    let names: Vec<String> = (0..1000).map(|it| format!("caller-{it}")).collect();
    let count = |now| names.iter().map(|it| taken(&limiter, it, slow, now, 3)).sum::<u32>();
    // four in each of sixteen parts; who finds no room waits
    assert_eq!((count(0), limiter.len()), (64 * 3, 64));
    // nobody's bucket is full again, so nobody is forgotten and nobody new comes in
    assert_eq!((count(1000), limiter.len()), (64, 64));
    // all are full again: they go as others come, and each still gets its three at most
    let mut each = BTreeMap::new();
    for name in names.iter().rev() {
        *each.entry(name).or_insert(0) += taken(&limiter, name, slow, 10_000, 9);
    }
    assert!(each.values().all(|it| *it <= 3), "{each:?}");
    assert_eq!((each.values().sum::<u32>(), limiter.len()), (64 * 3, 64));
}

#[test]
fn many_threads_share_one_bucket() {
    let limiter = RateLimiter::new();
    let total: u32 = std::thread::scope(|scope| {
        let one = || taken(&limiter, "a", rate(1, 1000), 0, 500);
        let all: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
        all.into_iter().map(|it| it.join().unwrap()).sum()
    });
    assert_eq!(total, 1000);
}

proptest! {
    /// In no stretch of time does a caller get more than the burst and what flows in meanwhile,
    /// whatever the clock does; the clock's going back never brings anything.
    #[test]
    fn never_more_than_burst_and_rate(
        per_second in 1_u32..50,
        burst in 1_u32..20,
        steps in prop::collection::vec((-300_i64..600, 1_u32..8), 1..80),
    ) {
        let limiter = RateLimiter::with_room(16);
        let rate = rate(per_second, burst);
        let (mut now, mut latest) = (0_i64, i64::MIN);
        let mut history: Vec<(i64, u32)> = Vec::new();
        for (step, times) in steps {
            now += step;
            let before = latest;
            latest = latest.max(now);
            let got = taken(&limiter, "a", rate, now, times);
            history.push((latest, got));
            if before == latest && !history.is_empty() {
                // no time has passed that had not passed before
                let same: u32 = history.iter().filter(|it| it.0 == latest).map(|it| it.1).sum();
                prop_assert!(same <= burst);
            }
            for (index, (start, _)) in history.iter().enumerate() {
                let got: u64 = history[index..].iter().map(|it| u64::from(it.1)).sum();
                let flown = u64::try_from(latest - start).unwrap() * u64::from(per_second);
                prop_assert!(got * 1000 <= u64::from(burst) * 1000 + flown);
            }
        }
    }

    /// A caller that asks less than its rate is never refused.
    #[test]
    fn who_keeps_to_the_rate_is_served(per_second in 1_u32..1000, burst in 1_u32..50, count in 1_i64..200) {
        let limiter = RateLimiter::new();
        let rate = rate(per_second, burst);
        let gap = (1000 + i64::from(per_second) - 1) / i64::from(per_second);
        for index in 0..count {
            prop_assert!(limiter.check("a", rate, index * gap).is_ok());
        }
    }
}
