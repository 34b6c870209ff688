//! `linli backtest` and `linli explain`: a rule on an installation's own past, without its server.
//!
//! Who may read the data folder may read what is in it: there are no posts here, and no look is recorded. For questions
//! about persons use the pages, which do both.

use crate::serve::config;
use anyhow::{Context, anyhow, bail};
use clap::Args;
use linli_history_parquet::ParquetHistory;
use linli_model::{AreaId, AreaPath, Diagnostic, Finding, Instant, Lang, Millis, RegistryChange, Subject};
use linli_pack::backtest::{Fate, Variant, began_before, cases, difference, value_in};
use linli_past::Past;
use linli_rule::Catalogue;
use linli_runtime::{SystemClock, fresh::Keys};
use linli_server::{
    ports::Clock,
    rules::past::{self, Cores, Tried},
};
use linli_store::Store;
use linli_store_sql::SqlStore;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

/// Tries a rule, or a change of it, on the past, and tells how it differs from the rule in force
#[derive(Args)]
pub(crate) struct Backtest {
    #[arg(long)]
    config: Option<PathBuf>,
    /// The rule's code
    #[arg(required_unless_present = "all")]
    rule: Option<String>,
    /// All rules in force at once, as they are: what each would have found
    #[arg(long, conflicts_with_all = ["rule", "text", "set"])]
    all: bool,
    /// Another text of the rule to try
    #[arg(long)]
    text: Option<PathBuf>,
    /// A parameter's value to try, parameter=value; more than once for several
    #[arg(long)]
    set: Vec<String>,
    /// Only in this area
    #[arg(long)]
    area: Option<String>,
    /// The first local day; default thirty days before the last
    #[arg(long)]
    from: Option<String>,
    /// The last local day; default today
    #[arg(long)]
    to: Option<String>,
    /// Findings that differ as NDJSON with their evidence, instead of a line each
    #[arg(long)]
    json: bool,
}

/// Says why a rule did, or did not, hold for something at a moment
#[derive(Args)]
pub(crate) struct Explain {
    #[arg(long)]
    config: Option<PathBuf>,
    /// The rule's code
    rule: String,
    /// `device:…`, `dwelling:…`, `area:…`
    subject: String,
    /// The moment, like 2026-11-02T08:00:00+08:00; default now
    time: Option<String>,
}

/// What both need of an installation.
struct Opened {
    past: Arc<Past>,
    now: Instant,
}

async fn open(path: Option<&PathBuf>, lang: Lang) -> anyhow::Result<Opened> {
    let config = config(path, lang)?;
    let keys = Keys::load_or_draw(&config.data.join("keys"))?;
    let store: Arc<dyn Store> = Arc::new(SqlStore::open(&config.database_url(), keys.ring).await?);
    let zone = jiff::tz::TimeZone::get(&config.time.zone)?;
    let past = Past {
        history: Arc::new(ParquetHistory::open_folder(config.data.join("history"), zone.clone()).await?),
        areas: Arc::new(linli_model::AreaTree::from_areas(store.areas().await?)),
        registry: past::registry(&*store).await?,
        catalogue: Arc::new(Catalogue::shipped()),
        zone,
        cores: Cores::default(),
    };
    Ok(Opened { past: Arc::new(past), now: SystemClock::default().now() })
}

impl Opened {
    fn in_force(&self, rule: &str, lang: Lang) -> anyhow::Result<Variant> {
        past::variant_in_force(&self.past.registry, rule, &self.past.catalogue)
            .with_context(|| format!("规则 {rule} 没有生效 / the rule {rule} is not in force"))?
            .map_err(|wrong| refused(&wrong, lang))
    }

    /// All rules in force.
    fn rules(&self) -> BTreeSet<&str> {
        let set = self.past.registry.iter().filter_map(|e| match &e.change {
            RegistryChange::RuleSet { rule, .. } => Some(rule.as_str()),
            _ => None,
        });
        set.filter(|rule| past::text_in_force(&self.past.registry, rule).is_some()).collect()
    }

    /// The areas asked for: one, or all there are.
    fn roots(&self, area: Option<&String>) -> anyhow::Result<Vec<AreaPath>> {
        let areas = &self.past.areas;
        let Some(id) = area else {
            return Ok(areas.iter().filter(|a| a.parent.is_none()).map(|a| a.path.clone()).collect());
        };
        let found = areas.find(&AreaId::new(id));
        Ok(vec![found.with_context(|| format!("没有区域 {id} / there is no area {id}"))?.path.clone()])
    }

    /// The episodes of each side in the areas asked for, by partition, and how many readings were lived through.
    async fn episodes(
        &self,
        roots: &[AreaPath],
        tried: Tried,
    ) -> anyhow::Result<(Vec<Vec<Vec<Finding>>>, usize)> {
        let partitions: BTreeMap<AreaId, AreaPath> =
            roots.iter().flat_map(|root| past::partitions(&self.past.areas, root)).collect();
        let partitions: Vec<_> = partitions.into_iter().collect();
        let found = self.past.episodes(&partitions, Arc::new(tried), Arc::new(|_| true)).await?;
        let mut found = found.unwrap_or_default();
        for f in found.iter_mut().flat_map(|f| &mut f.episodes) {
            f.retain(|f| roots.iter().any(|root| f.area_path.within(root)));
        }
        let readings = found.iter().map(|f| f.readings).sum();
        Ok((found.into_iter().map(|f| f.episodes).collect(), readings))
    }
}

fn refused(wrong: &[Diagnostic], lang: Lang) -> anyhow::Error {
    let line = |d: &Diagnostic| {
        let at = d.span.map(|s| format!(" {}:{}", s.line, s.column)).unwrap_or_default();
        format!("{}{at}: {}", d.field, d.message.get(lang))
    };
    anyhow!("{}", wrong.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

pub(crate) fn backtest(args: &Backtest, lang: Lang) -> anyhow::Result<()> {
    block_on(async {
        let opened = open(args.config.as_ref(), lang).await?;
        let roots = opened.roots(args.area.as_ref())?;
        let (from, to) = range(&opened, args)?;
        let Some(rule) = &args.rule else { return all(&opened, &roots, (from, to), lang).await };
        let in_force = opened.in_force(rule, lang)?;
        let candidate = candidate(&opened, args, &in_force, &roots, lang)?;
        let sides = vec![vec![in_force], vec![candidate]];
        let (found, readings) = opened.episodes(&roots, Tried { sides, from, to }).await?;
        let mut fates = Vec::new();
        for sides in found {
            let mut sides = sides.into_iter();
            let (was, is) = (sides.next().unwrap_or_default(), sides.next().unwrap_or_default());
            fates.extend(difference(was, is));
        }
        if args.json {
            for fate in fates.iter_mut().filter(|f| !matches!(f, Fate::Same(_))) {
                opened.past.give_ids(&mut fate.finding_mut().evidence.readings).await?;
            }
        }
        tell(&fates, from, args.json, readings, lang)
    })
}

/// All rules in force, in one walk through the past.
async fn all(
    opened: &Opened,
    roots: &[AreaPath],
    (from, to): (Instant, Instant),
    lang: Lang,
) -> anyhow::Result<()> {
    let rules = opened.rules();
    let side: Vec<Variant> =
        rules.iter().map(|rule| opened.in_force(rule, lang)).collect::<anyhow::Result<_>>()?;
    let (found, readings) = opened.episodes(roots, Tried { sides: vec![side], from, to }).await?;
    let found: Vec<Finding> = found.into_iter().flatten().flatten().collect();
    for rule in rules {
        let of_rule = || found.iter().filter(|f| f.rule == rule);
        let (findings, cases) = (of_rule().count(), cases(of_rule(), Millis::days(1)));
        println!("{rule:<24} findings {findings:>6}  cases {cases:>6}");
    }
    eprintln!("{readings} readings");
    Ok(())
}

fn candidate(
    opened: &Opened,
    args: &Backtest,
    in_force: &Variant,
    roots: &[AreaPath],
    lang: Lang,
) -> anyhow::Result<Variant> {
    let mut candidate = match &args.text {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            Variant::in_force(&text, &opened.past.catalogue).map_err(|wrong| refused(&wrong, lang))?
        }
        None => in_force.clone(),
    };
    let mut values = Vec::new();
    for set in &args.set {
        let (name, value) = set.split_once('=').with_context(|| format!("--set {set}: parameter=value"))?;
        let value: f64 = value.parse().with_context(|| format!("--set {set}"))?;
        let (_, p) = candidate
            .plan
            .parameter(name)
            .with_context(|| format!("--set {set}: 没有这个参数 / there is no such parameter"))?;
        if !(p.min..=p.max).contains(&value) {
            bail!("--set {set}: {} – {}", p.min, p.max);
        }
        values.extend(roots.iter().filter_map(|root| {
            Some(value_in(&candidate.code(), root.ids().next_back()?, root.clone(), name, value))
        }));
    }
    if !values.is_empty() {
        candidate.values = Some(values);
    }
    Ok(candidate)
}

fn range(opened: &Opened, args: &Backtest) -> anyhow::Result<(Instant, Instant)> {
    let day = |text: &Option<String>, default: jiff::civil::Date| match text {
        Some(text) => text.parse::<jiff::civil::Date>().with_context(|| text.clone()),
        None => Ok(default),
    };
    let to = day(&args.to, opened.now.day_in(&opened.past.zone))?;
    let from = day(&args.from, to.saturating_sub(jiff::Span::new().days(29)))?;
    if from > to {
        bail!("--from {from} --to {to}: 先后颠倒 / the first day comes first");
    }
    let after = to.saturating_add(jiff::Span::new().days(1));
    let zone = &opened.past.zone;
    Ok((Instant::start_of(from, zone), Instant::start_of(after, zone).min(opened.now)))
}

/// When an episode began: `≤` before what had begun when the range did.
fn start_of(f: &Finding, from: Instant) -> String {
    let older = if began_before(f, from) { "≤ " } else { "" };
    format!("{older}{}", f.start)
}

fn tell(fates: &[Fate], from: Instant, json: bool, readings: usize, lang: Lang) -> anyhow::Result<()> {
    let was = fates.iter().filter_map(|f| match f {
        Fate::Same(x) | Fate::Removed(x) => Some(x),
        Fate::Moved { was, .. } => Some(&**was),
        Fate::Added(_) => None,
    });
    let is = fates.iter().filter(|f| !matches!(f, Fate::Removed(_))).map(Fate::finding);
    let quiet = Millis::days(1);
    for fate in fates.iter().filter(|f| !matches!(f, Fate::Same(_))) {
        let f = fate.finding();
        if json {
            let older = began_before(f, from);
            println!("{}", serde_json::json!({ "fate": fate.code(), "at_or_before": older, "finding": f }));
            continue;
        }
        let end = f.end.map_or_else(|| "…".to_owned(), |e| e.to_string());
        let start = start_of(f, from);
        println!("{:<8} {}  {start} – {end}  {}", fate.code(), f.subject, f.sentence.get(lang));
    }
    let of = |code: &str| fates.iter().filter(|f| f.code() == code).count();
    eprintln!(
        "same {} moved {} added {} removed {}; findings {} → {}, cases {} → {}; {readings} readings",
        of("same"),
        of("moved"),
        of("added"),
        of("removed"),
        was.clone().count(),
        is.clone().count(),
        cases(was, quiet),
        cases(is, quiet),
    );
    Ok(())
}

pub(crate) fn explain(args: &Explain, lang: Lang) -> anyhow::Result<()> {
    block_on(async {
        let opened = open(args.config.as_ref(), lang).await?;
        let variant = opened.in_force(&args.rule, lang)?;
        let subject: Subject = args.subject.parse().map_err(|e| anyhow!("{}: {e}", args.subject))?;
        let at = match &args.time {
            Some(text) => text.parse::<Instant>().map_err(|e| anyhow!("{text}: {e}"))?,
            None => opened.now,
        };
        let to = at.saturating_add(Millis(1));
        let from = at.saturating_sub(Millis::days(30));
        for root in opened.roots(None)? {
            for partition in past::partitions(&opened.past.areas, &root) {
                let tried = Tried { sides: vec![vec![variant.clone()]], from, to };
                let found = opened.past.explain(partition, tried, args.rule.clone(), subject.clone());
                let (Some(mut e), episodes) = found.await? else { continue };
                opened.past.give_ids(&mut e.readings).await?;
                let verdict = match e.holds {
                    Some(true) => "成立 / holds",
                    Some(false) => "不成立 / does not hold",
                    None => "无法判断 / cannot be told",
                };
                println!("{} {subject} {at}: {verdict}", args.rule);
                e.steps.iter().for_each(|s| println!("  {}", s.get(lang)));
                if let Some(deadline) = e.deadline {
                    println!("  → {deadline}");
                }
                for p in &e.parameters {
                    println!("  {} = {} {} ({})", p.name, p.value, p.unit, p.set_by);
                }
                for r in &e.readings {
                    println!("  {} {} {} {:?} {}", r.observed_at, r.device, r.measure, r.value, r.id);
                }
                for f in &episodes {
                    let end = f.end.map_or_else(|| "…".to_owned(), |e| e.to_string());
                    println!("  {} – {end}: {}", start_of(f, from), f.sentence.get(lang));
                }
                return Ok(());
            }
        }
        bail!("{subject}: 规则当时不看这个对象 / the rule did not watch it then")
    })
}
