//! Taking in a photo: check what it is, read its evidence, keep only shrunk copies without EXIF.
//!
//! Invariants
//! - PH1 Nothing is decoded before size, kind and pixel count are within limits.
//! - PH2 The copies are encoded anew from pixels: nothing of the sent file's metadata can be in them.
//! - PH3 EXIF that is broken or lies outside the possible costs the evidence, never the photo.
//!
//! Deliberately absent: HEIC (its decoders are neither free of patents nor of C), video, and the original.

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage, codecs::jpeg::JpegEncoder,
    imageops::FilterType,
};
use jiff::{civil, tz::TimeZone};
use linli_blobs::{BlobId, Photo, PhotoEvidence, TakenAtFrom};
use linli_model::{Diagnostic, Instant};
use std::io::Cursor;

pub const PHOTO_BYTES_MAX: usize = 20 * 1024 * 1024;
/// More pixels than any phone in use writes by default; decoded they need 200 MB.
const PIXELS_MAX: u64 = 64_000_000;
const SIDE_PIXELS_MAX: u32 = 20_000;
const DECODE_BYTES_MAX: u64 = 512 * 1024 * 1024;
const PICTURE_SIDE: u32 = 1_600;
const PICTURE_BYTES_GOAL: usize = 320 * 1024;
const THUMB_SIDE: u32 = 320;

fn refused(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Diagnostic {
    Diagnostic::new(code, "photo", zh, en)
}

/// Checks and shrinks a photo. Takes up to a second of computing: call it where blocking is allowed.
/// `zone` is used only for a camera clock that names no zone.
pub fn take_in(bytes: &[u8], zone: &TimeZone) -> Result<Photo, Diagnostic> {
    if bytes.len() > PHOTO_BYTES_MAX {
        let mb = bytes.len().div_ceil(1024 * 1024);
        return Err(refused(
            "photo_too_large",
            format!("照片有 {mb} MB,最大 20 MB。请缩小后再发。"),
            format!("The photo has {mb} MB; at most 20 MB are taken. Please shrink it and send it again."),
        ));
    }
    let image = decode(bytes)?;
    let evidence = read_evidence(bytes, zone);
    let picture = shrunk(&image, PICTURE_SIDE);
    let (width, height) = picture.dimensions();
    Ok(Photo {
        picture: encode_to_goal(&picture)?,
        thumb: encode(&shrunk(&image, THUMB_SIDE), 75)?,
        width,
        height,
        evidence,
        original: BlobId::of(bytes),
        original_bytes: bytes.len(),
    })
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, Diagnostic> {
    let format = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) => format,
        _ => return Err(not_a_photo(bytes)),
    };
    let broken = || {
        refused(
            "photo_broken",
            "照片不完整或已损坏,无法打开。请重新拍摄或重新发送。",
            "The photo is incomplete or damaged and cannot be opened. Please take or send it again.",
        )
    };
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(SIDE_PIXELS_MAX);
    limits.max_image_height = Some(SIDE_PIXELS_MAX);
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|e| match e {
        image::ImageError::Limits(_) => too_many_pixels(None),
        _ => broken(),
    })?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(too_many_pixels(Some((width, height))));
    }
    if width == 0 || height == 0 {
        return Err(not_a_photo(bytes));
    }
    // A camera held upright writes the turn beside the pixels; without the EXIF it has to be in them.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|e| match e {
        image::ImageError::Limits(_) => too_many_pixels(Some((width, height))),
        _ => broken(),
    })?;
    image.apply_orientation(orientation);
    Ok(image)
}

fn not_a_photo(bytes: &[u8]) -> Diagnostic {
    let heic = bytes
        .get(4..12)
        .is_some_and(|b| b.starts_with(b"ftyp") && matches!(&b[4..], b"heic" | b"heix" | b"mif1" | b"hevc"));
    let found = refused(
        "photo_not_an_image",
        "这不是照片。可以发送 JPEG、PNG 或 WebP 图片。",
        "This is not a photo. JPEG, PNG and WebP pictures are taken.",
    );
    if heic {
        found.suggest(
            "这是 HEIC 格式。请在手机相机设置中选择“兼容性最佳”,或转存为 JPEG 后再发。",
            "This is a HEIC file. Choose “Most Compatible” in the camera's settings, or save it as JPEG and send it again.",
        )
    } else {
        found
    }
}

fn too_many_pixels(dimensions: Option<(u32, u32)>) -> Diagnostic {
    let (width, height) = dimensions.unwrap_or((SIDE_PIXELS_MAX + 1, SIDE_PIXELS_MAX + 1));
    refused(
        "photo_too_many_pixels",
        format!("照片尺寸过大({width}×{height}),最多 6400 万像素。请缩小后再发。"),
        format!(
            "The photo is too large ({width}×{height}); at most 64 million pixels are taken. Please shrink it."
        ),
    )
}

/// At most `side` pixels on the longer side, on white where it was transparent.
fn shrunk(image: &DynamicImage, side: u32) -> RgbImage {
    let fits = image.width().max(image.height()) <= side;
    let small = if fits { image.clone() } else { image.resize(side, side, FilterType::Triangle) };
    if !small.color().has_alpha() {
        return small.into_rgb8();
    }
    let rgba = small.into_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0;
        let on_white = |c: u8| ((u16::from(c) * u16::from(a) + 255 * (255 - u16::from(a))) / 255) as u8;
        Rgb([on_white(r), on_white(g), on_white(b)])
    })
}

fn encode(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, Diagnostic> {
    let mut bytes = vec![];
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture).map_err(|_| {
        refused("photo_broken", "照片无法转换为 JPEG。", "The photo cannot be turned into a JPEG.")
    })?;
    Ok(bytes)
}

/// The best of three qualities that stays within the goal; the smallest where none does.
fn encode_to_goal(picture: &RgbImage) -> Result<Vec<u8>, Diagnostic> {
    for quality in [82, 70] {
        let bytes = encode(picture, quality)?;
        if bytes.len() <= PICTURE_BYTES_GOAL {
            return Ok(bytes);
        }
    }
    encode(picture, 55)
}

fn read_evidence(bytes: &[u8], zone: &TimeZone) -> PhotoEvidence {
    let Ok(exif) = exif::Reader::new().read_from_container(&mut Cursor::new(bytes)) else {
        return PhotoEvidence::default();
    };
    let (taken_at, taken_at_from) = match taken_at(&exif, zone) {
        Some((at, from)) => (Some(at), Some(from)),
        None => (None, None),
    };
    let place = coordinate(&exif, exif::Tag::GPSLongitude, exif::Tag::GPSLongitudeRef, 180.0)
        .zip(coordinate(&exif, exif::Tag::GPSLatitude, exif::Tag::GPSLatitudeRef, 90.0))
        // Without a fix many cameras write zeros.
        .filter(|place| *place != (0.0, 0.0));
    PhotoEvidence { taken_at, taken_at_from, lon: place.map(|p| p.0), lat: place.map(|p| p.1) }
}

fn ascii(exif: &exif::Exif, tag: exif::Tag) -> Option<&[u8]> {
    match &exif.get_field(tag, exif::In::PRIMARY)?.value {
        exif::Value::Ascii(lines) => lines.first().map(Vec::as_slice),
        _ => None,
    }
}

fn rationals<const N: usize>(exif: &exif::Exif, tag: exif::Tag) -> Option<[f64; N]> {
    match &exif.get_field(tag, exif::In::PRIMARY)?.value {
        exif::Value::Rational(parts) => {
            let parts: Vec<f64> = parts.iter().map(exif::Rational::to_f64).collect();
            parts.try_into().ok()
        }
        _ => None,
    }
}

/// Degrees, minutes, seconds and a letter, as signed degrees.
fn coordinate(exif: &exif::Exif, tag: exif::Tag, letter: exif::Tag, degrees_max: f64) -> Option<f64> {
    let [degrees, minutes, seconds] = rationals::<3>(exif, tag)?;
    let sign = match ascii(exif, letter)?.first()? {
        b'N' | b'E' => 1.0,
        b'S' | b'W' => -1.0,
        _ => return None,
    };
    let value = degrees + minutes / 60.0 + seconds / 3600.0;
    (value.is_finite() && value <= degrees_max).then_some(sign * value)
}

fn taken_at(exif: &exif::Exif, zone: &TimeZone) -> Option<(Instant, TakenAtFrom)> {
    let instant = |t: jiff::Timestamp| Instant(t.as_millisecond());
    let camera = ascii(exif, exif::Tag::DateTimeOriginal)
        .or_else(|| ascii(exif, exif::Tag::DateTime))
        .and_then(|text| exif::DateTime::from_ascii(text).ok());
    let local = camera.as_ref().and_then(civil_time);
    if let Some((mut camera, local)) = camera.zip(local) {
        let offset =
            ascii(exif, exif::Tag::OffsetTimeOriginal).or_else(|| ascii(exif, exif::Tag::OffsetTime));
        if offset.is_some_and(|o| camera.parse_offset(o).is_ok())
            && let Some(minutes) = camera.offset
            && let Ok(offset) = jiff::tz::Offset::from_seconds(i32::from(minutes) * 60)
            && let Ok(at) = offset.to_timestamp(local)
        {
            return Some((instant(at), TakenAtFrom::CameraWithOffset));
        }
    }
    if let Some(at) = gps_time(exif) {
        return Some((instant(at), TakenAtFrom::Gps));
    }
    let at = zone.to_timestamp(local?).ok()?;
    Some((instant(at), TakenAtFrom::CameraInLocalZone))
}

fn civil_time(t: &exif::DateTime) -> Option<civil::DateTime> {
    let small = |n: u8| i8::try_from(n).ok();
    let (month, day) = (small(t.month)?, small(t.day)?);
    let (hour, minute, second) = (small(t.hour)?, small(t.minute)?, small(t.second)?);
    civil::DateTime::new(i16::try_from(t.year).ok()?, month, day, hour, minute, second, 0).ok()
}

fn gps_time(exif: &exif::Exif) -> Option<jiff::Timestamp> {
    let date = std::str::from_utf8(ascii(exif, exif::Tag::GPSDateStamp)?).ok()?.replace(':', "-");
    let date: civil::Date = date.trim().parse().ok()?;
    let [hour, minute, second] = rationals::<3>(exif, exif::Tag::GPSTimeStamp)?;
    let whole = |n: f64, max: f64| (n.is_finite() && (0.0..max).contains(&n)).then_some(n as i8);
    let time = civil::Time::new(whole(hour, 24.0)?, whole(minute, 60.0)?, whole(second, 60.0)?, 0).ok()?;
    TimeZone::UTC.to_timestamp(date.to_datetime(time)).ok()
}
