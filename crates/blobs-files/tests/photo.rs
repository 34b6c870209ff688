//! Photos made here, with EXIF written here, taken in; and what is refused.

use exif::{Field, In, Rational, Tag, Value, experimental::Writer};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use jiff::tz::TimeZone;
use linli_blobs::{BlobId, TakenAtFrom};
use linli_blobs_files::photo::{PHOTO_BYTES_MAX, take_in};
use linli_model::time::DEFAULT_ZONE;
use std::io::Cursor;

fn zone() -> TimeZone {
    TimeZone::get(DEFAULT_ZONE).unwrap()
}

/// Left half red, right half blue.
fn two_halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(
        width,
        height,
        |x, _| if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) },
    )
}

fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(vec![]);
    DynamicImage::ImageRgb8(image.clone()).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The JPEG with an EXIF segment behind its first marker.
fn with_exif(jpeg: &[u8], fields: &[Field]) -> Vec<u8> {
    let mut writer = Writer::new();
    fields.iter().for_each(|f| writer.push_field(f));
    let mut tiff = Cursor::new(vec![]);
    writer.write(&mut tiff, false).unwrap();
    let body = [b"Exif\0\0", tiff.into_inner().as_slice()].concat();
    let len = (body.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &len, &body, &jpeg[2..]].concat()
}

fn field(tag: Tag, value: Value) -> Field {
    Field { tag, ifd_num: In::PRIMARY, value }
}

fn ascii(tag: Tag, text: &str) -> Field {
    field(tag, Value::Ascii(vec![text.as_bytes().to_vec()]))
}

fn dms(tag: Tag, parts: [u32; 3]) -> Field {
    let [d, m, hundredths] = parts;
    let rational = |num, denom| Rational { num, denom };
    field(tag, Value::Rational(vec![rational(d, 1), rational(m, 1), rational(hundredths, 100)]))
}

fn place() -> Vec<Field> {
    vec![
        ascii(Tag::GPSLatitudeRef, "N"),
        dms(Tag::GPSLatitude, [31, 10, 1234]),
        ascii(Tag::GPSLongitudeRef, "E"),
        dms(Tag::GPSLongitude, [121, 25, 3456]),
    ]
}

#[test]
fn time_and_place_are_read_and_no_copy_carries_them() {
    let mut fields = place();
    fields.push(ascii(Tag::DateTimeOriginal, "2026:11:23 08:30:15"));
    fields.push(ascii(Tag::OffsetTimeOriginal, "+08:00"));
    fields.push(ascii(Tag::Make, "CameraOfTheTest"));
    let sent = with_exif(&encoded(&two_halves(800, 600), ImageFormat::Jpeg), &fields);
    let photo = take_in(&sent, &TimeZone::UTC).unwrap();
    assert_eq!(photo.evidence.taken_at.unwrap().to_string(), "2026-11-23T00:30:15.000Z");
    assert_eq!(photo.evidence.taken_at_from, Some(TakenAtFrom::CameraWithOffset));
    assert!((photo.evidence.lat.unwrap() - 31.170_094).abs() < 1e-5, "{:?}", photo.evidence);
    assert!((photo.evidence.lon.unwrap() - 121.426_267).abs() < 1e-5, "{:?}", photo.evidence);
    assert_eq!(photo.original, BlobId::of(&sent));
    for copy in [&photo.picture, &photo.thumb] {
        assert!(exif::Reader::new().read_from_container(&mut Cursor::new(copy)).is_err(), "EXIF is left");
        for trace in [b"Exif".as_slice(), b"CameraOfTheTest", b"2026:11:23"] {
            assert!(!copy.windows(trace.len()).any(|w| w == trace), "{trace:?} is left");
        }
    }
}

#[test]
fn a_camera_that_names_no_zone_is_read_in_ours_and_says_so() {
    let fields = [ascii(Tag::DateTimeOriginal, "2026:11:23 08:30:15")];
    let sent = with_exif(&encoded(&two_halves(40, 30), ImageFormat::Jpeg), &fields);
    let evidence = take_in(&sent, &zone()).unwrap().evidence;
    assert_eq!(evidence.taken_at.unwrap().to_string(), "2026-11-23T00:30:15.000Z");
    assert_eq!(evidence.taken_at_from, Some(TakenAtFrom::CameraInLocalZone));
    assert_eq!((evidence.lon, evidence.lat), (None, None));
}

#[test]
fn the_satellites_time_is_better_than_a_clock_without_a_zone() {
    let mut fields = place();
    fields.push(ascii(Tag::DateTimeOriginal, "2020:01:01 00:00:00"));
    fields.push(ascii(Tag::GPSDateStamp, "2026:11:23"));
    fields.push(dms(Tag::GPSTimeStamp, [0, 30, 1500]));
    let sent = with_exif(&encoded(&two_halves(40, 30), ImageFormat::Jpeg), &fields);
    let evidence = take_in(&sent, &zone()).unwrap().evidence;
    assert_eq!(evidence.taken_at.unwrap().to_string(), "2026-11-23T00:30:15.000Z");
    assert_eq!(evidence.taken_at_from, Some(TakenAtFrom::Gps));
}

#[test]
fn broken_exif_costs_the_evidence_and_not_the_photo() {
    let impossible = [
        ascii(Tag::GPSLatitudeRef, "N"),
        dms(Tag::GPSLatitude, [91, 0, 0]),
        ascii(Tag::GPSLongitudeRef, "?"),
        dms(Tag::GPSLongitude, [121, 0, 0]),
        ascii(Tag::DateTimeOriginal, "2026:13:45 99:99:99"),
    ];
    let jpeg = encoded(&two_halves(40, 30), ImageFormat::Jpeg);
    let zeros = [
        ascii(Tag::GPSLatitudeRef, "N"),
        dms(Tag::GPSLatitude, [0, 0, 0]),
        ascii(Tag::GPSLongitudeRef, "E"),
        dms(Tag::GPSLongitude, [0, 0, 0]),
    ];
    let garbage = [&jpeg[..2], &[0xff, 0xe1, 0, 12], b"Exif\0\0garb", &jpeg[2..]].concat();
    for sent in [with_exif(&jpeg, &impossible), with_exif(&jpeg, &zeros), garbage] {
        assert_eq!(take_in(&sent, &zone()).unwrap().evidence, Default::default());
    }
}

#[test]
fn a_photo_taken_upright_is_stored_upright() {
    // Orientation 6: to be turned by 90° clockwise. Left becomes top.
    let fields = [field(Tag::Orientation, Value::Short(vec![6]))];
    let sent = with_exif(&encoded(&two_halves(200, 100), ImageFormat::Jpeg), &fields);
    let photo = take_in(&sent, &zone()).unwrap();
    assert_eq!((photo.width, photo.height), (100, 200));
    let stored = image::load_from_memory(&photo.picture).unwrap().into_rgb8();
    let (top, bottom) = (stored.get_pixel(50, 20).0, stored.get_pixel(50, 180).0);
    assert!(top[0] > 150 && bottom[2] > 150, "top {top:?}, bottom {bottom:?}");
}

#[test]
fn large_photos_are_shrunk_and_small_ones_are_not_grown() {
    let photo = take_in(&encoded(&two_halves(2_000, 1_000), ImageFormat::Jpeg), &zone()).unwrap();
    assert_eq!((photo.width, photo.height), (1_600, 800));
    let thumb = image::load_from_memory(&photo.thumb).unwrap();
    assert_eq!((thumb.width(), thumb.height()), (320, 160));
    let photo = take_in(&encoded(&two_halves(90, 60), ImageFormat::Png), &zone()).unwrap();
    assert_eq!((photo.width, photo.height), (90, 60));
}

#[test]
fn a_noisy_photo_stays_near_the_size_that_phones_can_load() {
    let mut state = 1_u32;
    let noise = RgbImage::from_fn(1_600, 1_000, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Rgb([(state >> 24) as u8 / 6 + 90, (state >> 16) as u8 / 6 + 90, 90])
    });
    let photo = take_in(&encoded(&noise, ImageFormat::Png), &zone()).unwrap();
    assert!(photo.picture.len() < 700 * 1024, "{} bytes", photo.picture.len());
}

#[test]
fn png_and_webp_are_taken_and_stored_as_jpeg() {
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let photo = take_in(&encoded(&two_halves(64, 48), format), &zone()).unwrap();
        assert_eq!(image::guess_format(&photo.picture).unwrap(), ImageFormat::Jpeg);
    }
}

#[test]
fn what_is_no_photo_is_refused_in_both_languages() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>".to_vec();
    let gif = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
    for sent in [vec![], b"hello".to_vec(), svg, gif, vec![0xff, 0xd8], vec![0; 5_000]] {
        let diagnostic = take_in(&sent, &zone()).unwrap_err();
        assert!(["photo_not_an_image", "photo_broken"].contains(&diagnostic.code.as_str()), "{diagnostic:?}");
        assert!(!diagnostic.message.zh.is_empty() && !diagnostic.message.en.is_empty());
    }
    let heic = take_in(b"\0\0\0\x18ftypheic\0\0\0\0", &zone()).unwrap_err();
    assert!(heic.suggestion.unwrap().en.contains("HEIC"));
}

#[test]
fn a_truncated_photo_is_refused() {
    let png = encoded(&two_halves(300, 200), ImageFormat::Png);
    assert_eq!(take_in(&png[..png.len() / 2], &zone()).unwrap_err().code, "photo_broken");
}

#[test]
fn more_than_20_mb_are_refused_before_anything_is_decoded() {
    let mut sent = encoded(&two_halves(40, 30), ImageFormat::Jpeg);
    sent.resize(50 * 1024 * 1024, 0);
    let diagnostic = take_in(&sent, &zone()).unwrap_err();
    assert_eq!(diagnostic.code, "photo_too_large");
    assert!(diagnostic.message.en.contains("50 MB"));
    sent.truncate(PHOTO_BYTES_MAX);
    assert!(take_in(&sent, &zone()).is_ok(), "20 MB with padding behind the picture are taken");
}

#[test]
fn a_bomb_of_pixels_is_refused_by_its_header() {
    // A PNG of a few bytes that says it has 60,000 × 60,000 pixels, or 9,000 × 9,000.
    for side in [60_000_u32, 9_000] {
        let mut png = encoded(&two_halves(2, 2), ImageFormat::Png);
        png[16..20].copy_from_slice(&side.to_be_bytes());
        png[20..24].copy_from_slice(&side.to_be_bytes());
        let crc = crc32(&png[12..29]);
        png[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(take_in(&png, &zone()).unwrap_err().code, "photo_too_many_pixels", "side {side}");
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xedb8_8320 } else { c >> 1 })
    })
}
