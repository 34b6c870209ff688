use super::*;
use crate::area::AreaLevel;

/// `path level`, a line each.
const TOWN: &str = "S street\nS/G1 grid\nS/G1/R1 residential_area\nS/G1/R1/E1 estate\nS/G1/R1/E1/B1 building\n\
    S/G1/R1/E2 estate\nS/G2 grid\nS/G2/R2 residential_area\nS/G2/R3 residential_area\nS/G3 grid";

fn area(line: &str) -> Area {
    let (path, level) = line.split_once(' ').unwrap();
    let path = AreaPath(format!("{path}/"));
    let level: AreaLevel = serde_json::from_value(level.into()).unwrap();
    let mut ids = path.ids().rev();
    let (id, parent) = (ids.next().unwrap(), ids.next());
    Area { name: id.to_string(), id, level, parent, path: path.clone() }
}

fn areas() -> Vec<Area> {
    TOWN.lines().map(area).collect()
}

/// `R1 -> R2 2026-12-01`, a line each.
fn successions(text: &str) -> Vec<Succession> {
    let one = |line: &str| {
        let mut words = line.split_whitespace();
        let (of, by) = (words.next()?, words.nth(1)?);
        Some(Succession { of: AreaId::new(of), by: AreaId::new(by), since: words.next()?.parse().ok()? })
    };
    text.lines().filter_map(one).collect()
}

fn tree(text: &str, day: &str) -> AreaTree {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let now = Instant::start_of(day.parse().unwrap(), &zone);
    AreaTree::as_of(areas(), successions(text), now, &zone)
}

fn id(code: &str) -> AreaId {
    AreaId::new(code)
}

/// What is above `code`, where it lies, and its reach.
fn told(tree: &AreaTree, code: &str) -> String {
    let up: Vec<_> = tree.upward(&id(code)).map(|a| a.id.to_string()).collect();
    let reach: Vec<_> = tree.reach(&id(code)).iter().map(|p| p.0.clone()).collect();
    format!("{code}: {} | {} | {}", up.join("<"), tree.path_today(&id(code)).unwrap().0, reach.join(" "))
}

fn all(tree: &AreaTree, codes: &str) -> String {
    codes.split(' ').map(|c| told(tree, c)).collect::<Vec<_>>().join("\n")
}

/// TO2, TO3
#[test]
fn an_area_that_was_taken_over_lies_in_its_successor_with_all_its_parts() {
    let tree = tree("R1 -> R2 2026-12-01", "2026-12-01");
    let want = "\
B1: B1<E1<R2<G2<S | S/G2/R2/E1/B1/ | S/G1/R1/E1/B1/ S/G2/R2/E1/B1/
E1: E1<R2<G2<S | S/G2/R2/E1/ | S/G1/R1/E1/ S/G2/R2/E1/
R1: R2<G2<S | S/G2/R2/ | S/G1/R1/
R2: R2<G2<S | S/G2/R2/ | S/G1/R1/ S/G2/R2/
G2: G2<S | S/G2/ | S/G1/R1/ S/G2/
G1: G1<S | S/G1/ | S/G1/
R3: R3<G2<S | S/G2/R3/ | S/G2/R3/
S: S | S/ | S/";
    assert_eq!(all(&tree, "B1 E1 R1 R2 G2 G1 R3 S"), want);
    assert_eq!(tree.find(&id("E1")).unwrap().path.0, "S/G1/R1/E1/", "what is registered stays as it is");
    let parts: Vec<_> = tree.children(&id("R2")).map(|a| a.id.to_string()).collect();
    assert_eq!(parts, ["E1", "E2"]);
    let parts: Vec<_> = tree.children(&id("G1")).map(|a| a.id.to_string()).collect();
    assert!(parts.is_empty(), "{parts:?}");
    let at: Vec<_> = tree.reach_at(&id("R2")).into_iter().map(|p| p.0).collect();
    assert_eq!(at, ["S/G1/R1/", "S/G2/R2/"], "what was filed at R1 itself stands at R2");
    assert_eq!(tree.where_today(&AreaPath("S/G1/R1/".into())).0, "S/G2/R2/");
}

/// TO4
#[test]
fn a_succession_that_has_not_begun_changes_nothing() {
    let before = tree("R1 -> R2 2026-12-01", "2026-11-30");
    assert_eq!(before, AreaTree::from_areas(areas()));
    assert_eq!(told(&before, "R2"), "R2: R2<G2<S | S/G2/R2/ | S/G2/R2/");
}

/// TO3. Between the two, what was filed in E1 was filed under R2.
#[test]
fn a_chain_of_successions_is_followed_to_its_end_and_the_years_between_are_found() {
    let tree = tree("R1 -> R2 2026-12-01\nR2 -> R3 2027-12-01\nG2 -> G3 2028-12-01", "2029-01-01");
    let want = "\
E1: E1<R3<G3<S | S/G3/R3/E1/ | S/G1/R1/E1/ S/G2/R2/E1/ S/G2/R3/E1/ S/G3/R3/E1/
R3: R3<G3<S | S/G3/R3/ | S/G1/R1/ S/G2/R2/ S/G2/R3/ S/G3/R3/
G3: G3<S | S/G3/ | S/G1/R1/ S/G2/ S/G3/
R2: R3<G3<S | S/G3/R3/ | S/G1/R1/ S/G2/R2/";
    assert_eq!(all(&tree, "E1 R3 G3 R2"), want);
}

/// Everything that was ever filed lies in one part of the street.
#[test]
fn what_lies_in_an_area_is_without_what_others_have_taken_over_since() {
    let tree = tree("E1 -> R3 2026-12-01\nR1 -> R2 2027-12-01\nE2 -> G1 2028-12-01", "2029-01-01");
    let told = |code: &str| {
        let extents = tree.extent(&id(code));
        let one = |e: &Extent| {
            let without = e.without.iter().map(|w| format!(" -{}", w.0)).collect::<String>();
            format!("{}{without}", e.path.0)
        };
        format!("{code}: {}", extents.iter().map(one).collect::<Vec<_>>().join(", "))
    };
    let all = ["G1", "G2", "R1", "R2", "R3", "B1", "S"].map(told).join("\n");
    let want = "\
G1: S/G1/ -S/G1/R1/, S/G1/R1/E2/, S/G2/R2/E2/
G2: S/G1/R1/ -S/G1/R1/E2/, S/G2/ -S/G2/R2/E2/
R1: S/G1/R1/
R2: S/G1/R1/ -S/G1/R1/E1/ -S/G1/R1/E2/, S/G2/R2/ -S/G2/R2/E2/
R3: S/G1/R1/E1/, S/G2/R3/
B1: S/G1/R1/E1/B1/, S/G2/R3/B1/
S: S/";
    assert_eq!(all, want);
    for filed in
        ["S/G1/R1/E1/B1/", "S/G1/R1/E2/", "S/G1/R1/", "S/G2/R2/E2/", "S/G2/R3/B1/", "S/G1/", "S/G2/R2/"]
    {
        let path = AreaPath(filed.into());
        let holds = |code: &&str| tree.extent(&id(code)).iter().any(|e| e.holds(&path));
        assert_eq!(["G1", "G2", "G3"].iter().filter(|c| holds(c)).count(), 1, "{filed}");
        let today = tree.where_today(&path);
        let by_today = |code: &&&str| today.within(&tree.path_today(&id(code)).unwrap());
        assert!(["G1", "G2"].iter().filter(by_today).all(holds), "{filed} lies at {}", today.0);
    }
    let (was, now, since) = tree.redrawn(&AreaPath("S/G1/R1/E1/B1/".into())).unwrap();
    assert_eq!((was.id.as_str(), now.id.as_str(), since.to_string()), ("E1", "R3", "2026-12-01".into()));
    assert!(tree.redrawn(&AreaPath("S/G2/R3/B1/".into())).is_none());
}

/// Boundaries are moved by taking over a part.
#[test]
fn a_part_that_is_taken_over_alone_leaves_the_rest_where_it_was() {
    let tree = tree("E1 -> R3 2026-12-01", "2026-12-01");
    assert_eq!(told(&tree, "B1"), "B1: B1<R3<G2<S | S/G2/R3/B1/ | S/G1/R1/E1/B1/ S/G2/R3/B1/");
    assert_eq!(told(&tree, "R3"), "R3: R3<G2<S | S/G2/R3/ | S/G1/R1/E1/ S/G2/R3/");
    assert_eq!(told(&tree, "E2"), "E2: E2<R1<G1<S | S/G1/R1/E2/ | S/G1/R1/E2/");
}

/// TO1
#[test]
fn what_cannot_be_is_refused_by_name() {
    let here = tree("", "2026-12-01");
    let set = successions("R1 -> R2 2026-12-01\nR2 -> R3 2027-12-01");
    let asked = "R1 -> R1 2027-01-01\nR9 -> R2 2027-01-01\nR1 -> E2 2027-01-01\nR1 -> R3 2027-01-01\n\
        R3 -> R1 2028-01-01\nR3 -> R2 2027-01-01\nE2 -> R2 2027-12-01\nE2 -> R2 2027-11-30\nR1 -> R2 2026-11-01";
    let asked = successions(asked);
    let answers = asked.iter().map(|s| match check_succession(s, &here, &set) {
        Ok(()) => "fine".to_owned(),
        Err((code, _)) => code.to_owned(),
    });
    let want = [
        "succession_of_itself",
        "area_unknown",
        "succession_level_wrong",
        "succession_taken",
        "succession_loop",
        "succession_loop",
        "successor_gone",
        "fine",
        "fine",
    ];
    assert_eq!(answers.collect::<Vec<_>>(), want);
    let (code, _) = check_succession(&successions("R2 -> R3 2026-11-30")[0], &here, &set[..1]).unwrap_err();
    assert_eq!(code, "successor_gone", "R2 takes over R1 only the day after");
}

/// TO4: whatever stands in the table, the tree can be walked.
#[test]
fn a_loop_in_the_table_is_passed_over() {
    let tree = tree("R1 -> R2 2026-12-01\nR2 -> R1 2026-12-02\nR2 -> R2 2026-12-03", "2027-01-01");
    assert_eq!(told(&tree, "R1"), "R1: R2<G2<S | S/G2/R2/ | S/G1/R1/");
}

#[test]
fn a_post_reaches_what_its_area_took_over() {
    let tree = tree("R1 -> R2 2026-12-01", "2026-12-01");
    let r2 = tree.find(&id("R2")).unwrap();
    let covers = |path: &str| tree.covers((&r2.id, &r2.path), &AreaPath(path.into()));
    assert!(covers("S/G1/R1/E1/") && covers("S/G2/R2/E1/") && covers("S/G1/R1/"));
    assert!(!covers("S/G1/") && !covers("S/G2/R3/") && !covers("S/G1/R11/"));
    let post = Post {
        id: crate::PostId(uuid::Uuid::nil()),
        user: crate::UserId(uuid::Uuid::nil()),
        role: crate::Role::Cadre,
        area: r2.id.clone(),
        area_path: r2.path.clone(),
        valid_from: Instant(0),
        valid_to: None,
        skills: Vec::new(),
    };
    let paths: Vec<_> = tree.reaching(&[post]).into_iter().map(|p| p.area_path.0).collect();
    assert_eq!(paths, ["S/G2/R2/", "S/G1/R1/"], "its own first");
}

#[test]
fn what_came_to_an_area_or_left_it_after_a_day_is_known() {
    let tree = tree("R1 -> R2 2026-12-01", "2027-01-01");
    let told = |day: &str| {
        let changed = |code: &&str| tree.redrawn_after(&id(code), day.parse().unwrap());
        ["S", "G1", "G2", "G3", "R2", "R3", "E1", "B1"]
            .into_iter()
            .filter(changed)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!((told("2026-11-30"), told("2026-12-01")), ("G1 G2 R2".to_owned(), String::new()));
}
