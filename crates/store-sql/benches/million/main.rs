//! Lists of very many cases: how long each kind of question takes.
//!
//! `LINLI_BENCH_DIR` holds the data, which is made once; `LINLI_BENCH_CASES` says how many cases (1,000,000);
//! `LINLI_BENCH_URL` names other, empty databases than a SQLite file in that folder, with spaces between them: each case is
//! decided once, written to all of them, and then each is asked.

#![allow(clippy::disallowed_methods)] // A benchmark looks at the clock.

mod lives;

use linli_model::Extent;
use linli_store::{CaseFilter, CaseStore, Change, Commit, Guard, Idempotency, MapStore, PageAsk, Store, Tab};
use linli_store_sql::{Keyring, SqlStore, file_address};
use lives::{AREAS, BUILDINGS, CADRES, Draw, ESTATES, Life, OPEN_SHARE, RARE, Town, WHAT, end, id};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// As the product's binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const QUESTIONS: usize = 200;
const CASES_TOGETHER: u64 = 500;
const COMMANDS: u64 = 8_000;
const HANDS: u64 = 16;
const MADE: &str = "bench_cases";

#[tokio::main]
async fn main() {
    let cases = std::env::var("LINLI_BENCH_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let folder = std::env::var("LINLI_BENCH_DIR").map_or_else(|_| std::env::temp_dir(), Into::into);
    let file = file_address(&folder.join(format!("million-{cases}.sqlite")));
    let urls = std::env::var("LINLI_BENCH_URL").unwrap_or(file);
    let mut stores = Vec::new();
    for url in urls.split_whitespace() {
        stores.push(SqlStore::open(url, Keyring::from_bytes(&[7; 64])).await.expect("the database opens"));
    }
    let town = Arc::new(Town::new(cases));
    make(&stores, &town).await;
    for (store, url) in stores.into_iter().zip(urls.split_whitespace()) {
        println!("\n{}", url.split(':').next().unwrap_or(url));
        if asked("lists") {
            println!("{:<32} {:>9} {:>9} {:>9}", "question", "p50 ms", "p99 ms", "max ms");
            for (name, ask) in kinds().into_iter().filter(|(name, _)| named("LINLI_BENCH_LISTS", name)) {
                lists(&store, &town, name, ask).await;
            }
            views(&store, &town).await;
            map(&store, &town).await;
        }
        if asked("rebuild") {
            rebuild(&store).await;
        }
        if asked("commands") {
            commands(store, town.clone()).await;
        }
    }
}

/// All of it, or only the parts named by `LINLI_BENCH_PARTS` (lists, rebuild, commands), and of the lists those whose names
/// hold something `LINLI_BENCH_LISTS` names (`word,nothing`).
fn asked(part: &str) -> bool {
    named("LINLI_BENCH_PARTS", part)
}

fn named(variable: &str, name: &str) -> bool {
    std::env::var(variable).map_or(true, |named| named.split(',').any(|part| name.contains(part)))
}

/// Some lives that were decided together, and the number behind them.
type Decided = Arc<(u64, Vec<Life>)>;

/// Writes the cases that are missing, in their order; the next ones are decided while some are written.
async fn make(stores: &[SqlStore], town: &Arc<Town>) {
    let (mut writers, mut waiting, mut first) = (Vec::new(), Vec::new(), town.cases);
    for store in stores {
        let made = store.setting(MADE).await.expect("a setting reads").and_then(|v| v.as_u64()).unwrap_or(0);
        let (writer, lives) = tokio::sync::mpsc::channel(4);
        first = first.min(made);
        writers.push(writer);
        waiting.push(tokio::spawn(write(store.clone(), made, lives)));
    }
    let (town, began) = (town.clone(), Instant::now());
    let deciding = std::thread::spawn(move || {
        for from in (first..town.cases).step_by(CASES_TOGETHER as usize) {
            let to = (from + CASES_TOGETHER).min(town.cases);
            let decided: Decided = Arc::new((to, (from..to).filter_map(|n| town.life(n)).collect()));
            for writer in &writers {
                writer.blocking_send(decided.clone()).expect("a store takes what it is given");
            }
        }
    });
    for store in waiting {
        let (cases, open, facts) = store.await.expect("the cases are written");
        if cases > 0 {
            println!("{cases} cases, {open} of them open, {facts} facts in {:.0?}", began.elapsed());
        }
    }
    deciding.join().expect("lives are decided");
}

/// Gives the numbers of cases, of open ones, and of facts that were written.
async fn write(
    store: SqlStore,
    made: u64,
    mut lives: tokio::sync::mpsc::Receiver<Decided>,
) -> (u64, u64, usize) {
    let (mut cases, mut open, mut facts_written) = (0, 0, 0);
    while let Some(decided) = lives.recv().await {
        let (to, lives) = &*decided;
        if *to <= made {
            continue;
        }
        let mut changes = vec![Change::SettingSet { key: MADE.into(), value: (*to).into() }];
        for Life { case, facts, timer_at, finding } in lives.iter().cloned() {
            (cases, facts_written) = (cases + 1, facts_written + facts.len());
            open += u64::from(case.stage.is_open());
            let id = case.id;
            changes.push(Change::CaseFacts { case: Box::new(case), facts, timer_at });
            changes.extend(finding.map(|f| Change::FindingSet { finding: Box::new(f), case: Some(id) }));
        }
        let commit = Commit { at: end(), changes, ..Commit::default() };
        store.commit(commit).await.expect("the cases are written");
    }
    (cases, open, facts_written)
}

type Ask = fn(&mut Draw, &Town, &mut CaseFilter);

fn kinds() -> Vec<(&'static str, Ask)> {
    vec![
        ("all", |_, _, _| {}),
        ("to accept", |_, _, f| f.tab = Tab::ToAccept),
        ("mine", |d, _, f| (f.tab, f.me) = (Tab::Mine, Some(id("user", d.below(AREAS * CADRES))))),
        ("due soon", |_, _, f| f.tab = Tab::DueSoon),
        ("overdue", |_, _, f| f.tab = Tab::Overdue),
        ("returned", |_, _, f| f.tab = Tab::Returned),
        ("a class", |d, t, f| f.class = Some(t.codes[d.below(t.codes.len() as u64) as usize].clone())),
        ("a final stage", |_, _, f| f.stage = Some("closed".into())),
        ("a residential area", |d, t, f| {
            f.areas = vec![Extent::all(t.path(&format!("r{}", d.below(AREAS))))];
        }),
        ("one that took over two", |d, t, f| {
            let n = d.below(AREAS - 2);
            f.areas = (n..n + 3).map(|n| Extent::all(t.path(&format!("r{n}")))).collect();
            f.areas[0].without = vec![t.path(&format!("b{n}-0"))];
        }),
        ("a building", |d, t, f| {
            f.areas = vec![Extent::all(t.path(&format!("b{}-{}", d.below(AREAS), d.below(BUILDINGS))))];
        }),
        ("one that took over one", |d, t, f| {
            let n = d.below(AREAS);
            f.areas = [0, 1].map(|b| Extent::all(t.path(&format!("b{n}-{b}")))).into();
        }),
        ("a cadre's reach", |d, t, f| {
            let n = d.below(AREAS);
            (f.within, f.me) = (vec![t.path(&format!("r{n}"))], Some(id("user", n * CADRES)));
        }),
        ("a common word", |d, _, f| f.text = Some(d.of(&WHAT).into())),
        ("a rare word", |d, _, f| f.text = Some(d.of(&RARE).into())),
        ("two words", |d, _, f| f.text = Some(format!("{} {}", d.of(&WHAT), d.of(&ESTATES)))),
        ("three words", |d, _, f| {
            f.text = Some(format!("{} {} {}号", d.of(&WHAT), d.of(&ESTATES), 1 + d.below(BUILDINGS)));
        }),
        ("nothing, common words", |_, _, f| f.text = Some(format!("{} {}", WHAT[0], WHAT[1]))),
        ("nothing", |_, _, f| f.text = Some("鲸鱼".into())),
        ("a number's end", |d, t, f| {
            let n = d.below(t.cases);
            f.text = Some(format!("{:08}-{:04}", 20_220_000 + n / 10_000, n % 10_000));
        }),
    ]
}

async fn lists(store: &SqlStore, town: &Town, name: &str, ask: Ask) {
    let mut draw = Draw(7);
    let (mut pages, mut deep, mut counts) = (vec![], vec![], vec![]);
    for _ in 0..QUESTIONS {
        let mut filter = CaseFilter::all_within(vec![town.path("s")], end());
        ask(&mut draw, town, &mut filter);
        let began = Instant::now();
        let page = store.cases(&filter, &PageAsk::first(50)).await.expect("a page");
        pages.push(began.elapsed());
        // From somewhere in the five years.
        if page.next.is_some() {
            let at = end().0 - draw.below(5 * 365 * 86_400_000) as i64;
            let ask = PageAsk { after: Some(format!("{at}~")), limit: 50 };
            let began = Instant::now();
            store.cases(&filter, &ask).await.expect("a page");
            deep.push(began.elapsed());
        }
        let began = Instant::now();
        store.case_counts(&filter).await.expect("counts");
        counts.push(began.elapsed());
    }
    said(name, pages);
    said(&format!("{name}, deep"), deep);
    said(&format!("{name}, counts"), counts);
}

async fn views(store: &SqlStore, town: &Town) {
    let (mut draw, mut times) = (Draw(9), vec![]);
    for _ in 0..QUESTIONS {
        let case = town.case_id(draw.below(town.cases));
        let began = Instant::now();
        store.case(case).await.expect("a case");
        store.facts(case).await.expect("its facts");
        store.findings_of_case(case).await.expect("its findings");
        store.reporters(case).await.expect("its reporters");
        times.push(began.elapsed());
    }
    said("case view", times);
}

/// What is open where, as the map asks for it.
async fn map(store: &SqlStore, town: &Town) {
    let mut times = vec![];
    for _ in 0..QUESTIONS {
        let filter = CaseFilter::all_within(vec![town.path("s")], end());
        let began = Instant::now();
        store.open_by_area(&filter).await.expect("counts by place");
        times.push(began.elapsed());
    }
    said("map", times);
}

/// Every case folded anew and compared with what is stored.
async fn rebuild(store: &SqlStore) {
    let began = Instant::now();
    let rebuilt = store.rebuild(false, Arc::new(|_| None)).await.expect("a rebuild that only looks");
    println!("rebuild: {} cases, {} facts compared in {:.1?}", rebuilt.cases, rebuilt.facts, began.elapsed());
}

/// Commands by many at once, each read, decided and committed as a request would.
async fn commands(store: SqlStore, town: Arc<Town>) {
    let (store, began) = (Arc::new(store), Instant::now());
    let hands: Vec<_> = (0..HANDS)
        .map(|hand| {
            let (store, town) = (store.clone(), town.clone());
            tokio::spawn(async move {
                let mut times = vec![];
                for n in 0..COMMANDS / HANDS {
                    let began = Instant::now();
                    command(&store, &town, hand, n).await;
                    times.push(began.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = vec![];
    for hand in hands {
        times.extend(hand.await.expect("commands are carried out"));
    }
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    println!("commands: {} by {HANDS} at once, {rate:.0} a second", times.len());
    said("a command", times);
}

/// A note to one of the open cases, which nobody else has in hand.
async fn command(store: &SqlStore, town: &Town, hand: u64, n: u64) {
    let open = town.cases / OPEN_SHARE;
    let of_hand = (open / HANDS).max(1);
    let case = town.case_id(town.cases - 1 - (hand * of_hand + n % of_hand).min(open.saturating_sub(1)));
    let Some(case) = store.case(case).await.expect("a case") else { return };
    let Some((after, facts, timer_at)) = town.noted(&case) else { return };
    let key = format!("bench-{hand}-{n}-{}", case.version);
    let commit = Commit {
        at: end(),
        guards: vec![Guard::CaseVersion(case.id, case.version)],
        changes: vec![Change::CaseFacts { case: Box::new(after), facts, timer_at }],
        idempotency: Some(Idempotency { key, request: "note".into(), body: "{}".into() }),
    };
    store.commit(commit).await.expect("a command is committed");
}

fn said(name: &str, mut times: Vec<Duration>) {
    times.sort();
    let Some(max) = times.last() else { return };
    let of = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    println!("{name:<32} {:>9.2} {:>9.2} {:>9.2}", of(50), of(99), max.as_secs_f64() * 1e3);
}
