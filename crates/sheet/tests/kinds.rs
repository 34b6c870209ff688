//! Each kind of table from text to records and mistakes (SH1, SH2): text in, text out.

use linli_model::{AreaId, AreaTree, Diagnostic, Instant, Measure, Succession};
use linli_sheet::{
    Known, RowOutcome,
    kind::{
        self,
        area::{AreaRow, Before},
    },
    read,
};

const PLACES: &str = "编码,级别,名称,上级编码
310104011,街道,示例街道,
,户,302室,e1-41号
310104011012,居民区,十二村居民区,310104011
e1,小区,田林十二村,310104011012
,门栋,41号,e1
,门栋,42号,e9
x/y,小区,坏编码,310104011
,街道,没有编码,
e1,小区,又一个,310104011012
g1,网格,级别不对,e1
";

fn known_measure(measure: &Measure) -> bool {
    ["smoke", "battery_pct"].contains(&measure.as_str())
}

fn nothing_redrawn() -> Before<'static> {
    Before { successions: &[], today: "2026-11-28".parse().unwrap() }
}

fn show<T>(outcomes: Result<Vec<RowOutcome<T>>, Vec<Diagnostic>>, good: impl Fn(&T) -> String) -> String {
    let mut outcomes = outcomes.unwrap_or_else(|wrong| panic!("{wrong:?}"));
    outcomes.sort_by_key(|o| o.number);
    let line = |o: &RowOutcome<T>| match &o.result {
        Ok(record) => format!("{} {}", o.number, good(record)),
        Err(wrong) => {
            let codes: Vec<_> = wrong.iter().map(|d| format!("{}@{}", d.code, d.field)).collect();
            format!("{} ! {}", o.number, codes.join(" "))
        }
    };
    outcomes.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn places() -> AreaTree {
    let table = read::table(PLACES.as_bytes()).unwrap();
    let empty = AreaTree::default();
    let known = Known { areas: &empty, measure: &known_measure };
    let areas = kind::area::check(&table, &known, &nothing_redrawn()).unwrap();
    AreaTree::from_areas(areas.into_iter().filter_map(|o| Some(o.result.ok()?.area)))
}

#[test]
fn places_are_taken_in_any_order_and_bad_rows_name_their_column() {
    let table = read::table(PLACES.as_bytes()).unwrap();
    let empty = AreaTree::default();
    let known = Known { areas: &empty, measure: &known_measure };
    let rows = kind::area::check(&table, &known, &nothing_redrawn());
    let got = show(rows, |row: &AreaRow| row.area.path.as_str().to_owned());
    let want = "\
2 310104011/
3 310104011/310104011012/e1/e1-41号/e1-41号-302室/
4 310104011/310104011012/
5 310104011/310104011012/e1/
6 310104011/310104011012/e1/e1-41号/
7 ! area_unknown@rows[7].parent
8 ! area_code_malformed@rows[8].code
9 ! cell_empty@rows[9].code
10 ! row_repeated@rows[10].code
11 ! area_unknown@rows[11].parent";
    assert_eq!(got, want);
}

/// What a table says of boundaries, over three residential areas of which r1 is taken over already.
fn redrawn(rows: &str) -> String {
    let town = "编码,级别,名称,上级编码\ns,街道,街道,\nr1,居民区,一村,s\nr2,居民区,二村,s\nr3,居民区,三村,s\ne1,小区,一村一小区,r1\n";
    let empty = AreaTree::default();
    let known = Known { areas: &empty, measure: &known_measure };
    let areas =
        kind::area::check(&read::table(town.as_bytes()).unwrap(), &known, &nothing_redrawn()).unwrap();
    let tree = AreaTree::from_areas(areas.into_iter().filter_map(|o| Some(o.result.ok()?.area)));
    let set =
        [Succession { of: AreaId::new("r1"), by: AreaId::new("r2"), since: "2026-01-01".parse().unwrap() }];
    let before = Before { successions: &set, ..nothing_redrawn() };
    let table = format!("编码,级别,名称,上级编码,承接,承接日期,实有人口\n{rows}");
    let known = Known { areas: &tree, measure: &known_measure };
    let got = kind::area::check(&read::table(table.as_bytes()).unwrap(), &known, &before);
    show(got, |row| {
        let takes = row.takes.iter().map(|s| format!(" <- {} {}", s.of, s.since)).collect::<String>();
        let goes = row.lets_go.iter().map(|of| format!(" x {of}")).collect::<String>();
        let heads = row.residents.map(|n| format!(" {n}")).unwrap_or_default();
        format!("{}{takes}{goes}{heads}", row.area.id)
    })
}

#[test]
fn an_area_names_what_it_takes_over_and_since_when() {
    let got = redrawn(
        "r2,居民区,二村,s,r1,,
r3,居民区,三村,s,\"r2, e9\",2026年12月1日,2400
r4,居民区,四村,s,,,
e9,小区,新小区,r4,-r1,,
r2,居民区,二村,s,-r1,,
",
    );
    let want = "\
2 r2 <- r1 2026-01-01
3 r3 <- r2 2026-12-01 <- e9 2026-12-01 2400
4 r4
5 ! succession_unknown@rows[5].succeeds
6 ! row_repeated@rows[6].code";
    assert_eq!(
        got, want,
        "said again without a day it keeps its day; what is taken over may stand in the file"
    );
}

#[test]
fn boundaries_that_cannot_be_are_refused_by_row_and_column() {
    let got = redrawn(
        "r3,居民区,三村,s,r3,,
r1,居民区,一村,s,r2,2026-12-01,
n1,居民区,新村,s,r1,2026-12-01,12.5
n2,居民区,新二村,s,\"nowhere、s\",,
n3,居民区,新三村,s,,2026-12-01,-1
n4,居民区,新四村,s,r1,2026-02-30,
b1,楼,1号,n1,,,
r2,居民区,二村,s,-r1,,
n5,居民区,新五村,s,r1,,
",
    );
    let want = "\
2 ! succession_of_itself@rows[2].succeeds
3 ! succession_loop@rows[3].succeeds
4 ! number_expected@rows[4].residents
5 ! area_unknown@rows[5].succeeds succession_level_wrong@rows[5].succeeds
6 ! succession_missing@rows[6].since number_expected@rows[6].residents
7 ! date_expected@rows[7].since
8 ! area_unknown@rows[8].parent
9 r2 x r1
10 n5 <- r1 2026-11-28";
    assert_eq!(got, want, "a row that takes something back makes room for those behind it");
}

/// The parts of a refused area come back with it.
#[test]
fn nothing_is_left_below_an_area_that_was_refused_for_its_boundaries() {
    let got = redrawn("n1,居民区,新村,s,r1,2026-12-01,\nn1e,小区,新小区,n1,,,\n,楼,1号,n1e,,,\n");
    let want = "\
2 ! succession_taken@rows[2].succeeds
3 ! area_unknown@rows[3].parent
4 ! area_unknown@rows[4].parent";
    assert_eq!(got, want);
}

#[test]
fn devices_take_an_address_for_a_place_and_every_mistake_of_a_row_is_named() {
    let table = read::table(
        "设备编号,类别,区域,来源,测量项,用途,经度,纬度,坐标系
s-1,烟感,田林十二村41号,gw1,\"smoke,battery_pct\",火灾预警,121.4247,31.1680,GCJ02
s-2,飞碟,田林十二村99号,gw1,magic,,200,31,
s-1,smoke,e1,gw1,smoke,火灾预警,,,
"
        .as_bytes(),
    )
    .unwrap();
    let tree = places();
    let known = Known { areas: &tree, measure: &known_measure };
    let got = show(kind::device::check(&table, &known, Instant(0)), |d| {
        format!("{} {} {:.3},{:.3}", d.id, d.area, d.lon.unwrap_or(0.0), d.lat.unwrap_or(0.0))
    });
    let want = "\
2 s-1 e1-41号 121.420,31.170
3 ! choice_unknown@rows[3].class area_unknown@rows[3].area cell_empty@rows[3].purpose measure_unknown@rows[3].measures number_expected@rows[3].lon
4 ! row_repeated@rows[4].id";
    assert_eq!(got, want);
}

#[test]
fn people_need_a_dwelling_and_care_needs_consent() {
    let table = read::table(
        "姓名,身份证号,电话,住址,独居老人,同意日期,紧急联系人,紧急联系人电话
甲示例,11010519491231002X,13800000000,田林十二村41号302室,是,2026年1月5日,乙示例,13900000000
丙示例,110105194912310021,12345678901,田林十二村41号,是,,,13900000000
"
        .as_bytes(),
    )
    .unwrap();
    let tree = places();
    let known = Known { areas: &tree, measure: &known_measure };
    let got = show(kind::person::check(&table, &known), |p| {
        format!("{} {} {:?}", p.dwelling.id, p.name, p.elder_alone_since.map(|d| d.to_string()))
    });
    let want = "\
2 e1-41号-302室 甲示例 Some(\"2026-01-05\")
3 ! id_number_malformed@rows[3].id_number phone_malformed@rows[3].phone dwelling_expected@rows[3].dwelling consent_missing@rows[3].consent_date cell_empty@rows[3].contact_name";
    assert_eq!(got, want);
}

#[test]
fn users_get_a_role_in_an_area_and_a_missing_column_refuses_the_file_once() {
    let tree = places();
    let known = Known { areas: &tree, measure: &known_measure };
    let table = read::table(
        "账号,姓名,角色,区域\nCadre.One,丁示例,居委干部,310104011012\na,戊示例,国王,e1\n".as_bytes(),
    )
    .unwrap();
    let got = show(kind::user::check(&table, &known), |u| format!("{} {:?} {}", u.login, u.role, u.area.id));
    assert_eq!(
        got,
        "2 cadre.one Cadre 310104011012\n3 ! login_malformed@rows[3].login choice_unknown@rows[3].role"
    );

    let table = read::table("账号,姓名\nx,y\n".as_bytes()).unwrap();
    let wrong = kind::user::check(&table, &known).unwrap_err();
    assert_eq!(wrong.iter().map(|d| d.field.as_str()).collect::<Vec<_>>(), ["role", "area"]);
}

/// Big5 reads as GB 18030 without a complaint, but as nonsense: the headings are missed, by name and in both languages.
#[test]
fn a_file_in_another_encoding_is_refused_by_the_columns_it_lacks() {
    let (big5, _, _) = encoding_rs::BIG5.encode("編碼,級別,名稱\na,小區,一村\n");
    let tree = places();
    let known = Known { areas: &tree, measure: &known_measure };
    let wrong = kind::area::check(&read::table(&big5).unwrap(), &known, &nothing_redrawn()).unwrap_err();
    assert_eq!(wrong.iter().map(|d| d.field.as_str()).collect::<Vec<_>>(), ["level", "name"]);
    assert!(wrong[0].message.zh.contains("级别") && wrong[0].message.en.contains("Level"));
}

#[test]
fn a_template_can_be_filled_and_read_back() {
    let bytes = linli_sheet::write::template("区域", kind::area::COLUMNS, linli_model::Lang::Zh).unwrap();
    let table = read::table(&bytes).unwrap();
    let empty = AreaTree::default();
    let known = Known { areas: &empty, measure: &known_measure };
    assert_eq!(
        kind::area::check(&table, &known, &nothing_redrawn()).unwrap(),
        vec![],
        "the hint row is no record, the stars no obstacle"
    );
}

#[test]
fn roles_are_called_in_tables_as_they_are_everywhere_else() {
    for (code, zh, role) in linli_sheet::kind::user::ROLES {
        assert_eq!((*code, *zh), (role.as_str(), role.label().zh.as_str()));
    }
}
