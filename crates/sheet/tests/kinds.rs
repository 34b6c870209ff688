//! Each kind of table from text to records and mistakes (SH1, SH2): text in, text out.

use linli_model::{Area, AreaTree, Diagnostic, Instant, Measure};
use linli_sheet::{Known, RowOutcome, kind, read};

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
    let areas = kind::area::check(&table, &known).unwrap();
    AreaTree::from_areas(areas.into_iter().filter_map(|o| o.result.ok()))
}

#[test]
fn places_are_taken_in_any_order_and_bad_rows_name_their_column() {
    let table = read::table(PLACES.as_bytes()).unwrap();
    let empty = AreaTree::default();
    let known = Known { areas: &empty, measure: &known_measure };
    let got = show(kind::area::check(&table, &known), |a: &Area| a.path.as_str().to_owned());
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
    let wrong = kind::area::check(&read::table(&big5).unwrap(), &known).unwrap_err();
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
        kind::area::check(&table, &known).unwrap(),
        vec![],
        "the hint row is no record, the stars no obstacle"
    );
}
