//! Licences in Really Simple Licensing: what is a prohibition, wherever and however it is written,
//! and what makes a licence unreadable.

use std::fmt::Write;

use consent_gate::signal;
use consent_gate::{Purposes, Restrictions};

use crate::formats::signals::{TRAINING, beside_unreadable, licence, prohibiting, quoted, read};

/// R18 · RSL 1.0: names are separated by white space or commas.
#[test]
fn a_licence_prohibits_each_use_that_it_names() {
    for usage in [
        "ai-train ai-input",
        "ai-train,ai-input",
        "\n\tai-train,\n ai-input ,",
        "ai-train<!-- and --> ai-input",
        "<![CDATA[ai-train]]> ai-input",
        "ai&#45;train&#x20;ai-input",
        "ai-<!-- -->train <?x y?>ai-input",
    ] {
        let found = signal::rsl(prohibiting(usage));
        let no = Purposes::AI_INPUT | TRAINING;
        assert_eq!(found, Restrictions::of(no), "{usage}");
    }
}

/// R18 · RSL 1.0: a prohibition counts at any position, with any prefix.
#[test]
fn a_prohibition_counts_wherever_it_stands() {
    let no = r#"<prohibits type="usage">ai-train</prohibits>"#;
    let rsl = "https://rslstandard.org/rsl";
    for xml in [
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{}\n",
            licence(no)
        ),
        format!("\u{feff}{}", licence(no)),
        licence(&format!("<permits type=\"usage\">all</permits>{no}")),
        licence(&format!(
            "<payment type=\"free\"><custom>{no}</custom></payment>"
        )),
        licence("<prohibits   type = 'usage' >ai-train</prohibits >"),
        licence("<prohibits type='us&#97;ge'>ai-train</prohibits>"),
        licence(&format!("<a><b><c>{no}</c></b></a>")),
        format!("<rsl>{no}</rsl>"),
        format!("<license>{no}</license>"),
        no.to_owned(),
        format!(
            r#"<r:rsl xmlns:r="{rsl}"><r:prohibits type="usage">ai-train</r:prohibits></r:rsl>"#
        ),
        format!(r#"<rss><item xmlns:r="{rsl}"><r:license>{no}</r:license></item></rss>"#),
        format!(
            r#"<rsl xmlns="{rsl}"><o:prohibits xmlns:o="urn:o" type="usage">ai-train</o:prohibits></rsl>"#
        ),
    ] {
        let quoted = quoted(&xml);
        assert_eq!(read("rsl", &quoted), Restrictions::of(TRAINING), "{xml}");
        assert_eq!(signal::rsl(&xml), Restrictions::of(TRAINING), "{xml}");
    }
}

/// R18 · RSL 1.0: a prohibition that the text does not state, or that concerns someone else, cannot be read.
#[test]
fn a_prohibition_that_is_not_understood_is_unreadable() {
    for within in [
        r#"<prohibits type="usage"/>"#,
        r#"<prohibits type="usage"> , </prohibits>"#,
        r#"<prohibits type="usage">ai-summarise</prohibits>"#,
        r#"<prohibits type="usage">AI-Train</prohibits>"#,
        r#"<prohibits type="user">commercial</prohibits>"#,
        r#"<prohibits type="geo">eu</prohibits>"#,
    ] {
        assert_eq!(
            signal::rsl(licence(within)),
            Restrictions::unread(),
            "{within}"
        );
    }
    for within in [
        "<prohibits>ai-train</prohibits>",
        r#"<prohibits type="Usage">ai-train</prohibits>"#,
        r#"<prohibits x:type="usage" xmlns:x="urn:x">ai-train</prohibits>"#,
        r#"<prohibits type="user" xmlns:x="urn:x" x:type="usage">ai-train</prohibits>"#,
        r#"<prohibits type="usage">ai-train<b>other</b></prohibits>"#,
        r#"<prohibits type="usage"><b>ai-train</b></prohibits>"#,
        r#"<prohibits type="usage">ai-train<prohibits type="usage">x</prohibits></prohibits>"#,
        r#"<prohibits type="usage" type="usage">ai-train</prohibits>"#,
        r#"<prohibits type="usage" other=x>ai-train</prohibits>"#,
    ] {
        let found = signal::rsl(licence(within));
        assert_eq!(found, beside_unreadable(TRAINING), "{within}");
    }
}

/// R18 · RSL 1.0: XML that is not well formed, with a no before or after the error.
#[test]
fn a_licence_with_a_fault_is_unreadable_and_its_no_counts() {
    let no = r#"<prohibits type="usage">ai-train</prohibits>"#;
    let good = licence(no);
    let open = good.strip_suffix("</rsl>").unwrap();
    for xml in [
        open.to_owned(),
        format!("{open}</rls>"),
        format!("{good}{good}"),
        format!("{good}<"),
        format!("{good}text"),
        format!("{good}</rsl>"),
        format!("text{good}"),
        format!(" <?xml version=\"1.0\"?>{good}"),
        format!("<?xml version=\"1.0\" encoding=\"utf-16\"?>{good}"),
        format!("<?xml encoding=\"utf-8\"?>{good}"),
        format!("<!DOCTYPE rsl>{good}"),
        format!("<!DOCTYPE rsl [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{good}"),
        licence(&format!("{no}&e;")),
        licence(&format!("&e;{no}")),
        licence(&format!("{no}<a b=\"&e;\"/>")),
        licence(&format!("{no}<a b='1' b='2'/>")),
        licence(&format!("{no}<x:a/>")),
        licence(&format!("{no}<a></b>")),
        licence(&format!("<a></b>{no}")),
        licence(&format!("{no}<!-- a -- b -->")),
        licence(&format!("{no}\u{0}")),
        licence(&format!("\u{1}{no}")),
        licence(&format!("{no}\u{ffff}")),
        licence(r#"<prohibits type="usage">ai-train"#),
        licence(r#"<prohibits type="usage">ai-train &#xffffffff; </prohibits>"#),
    ] {
        assert_eq!(signal::rsl(&xml), beside_unreadable(TRAINING), "{xml}");
    }
    let mut latin = licence(no).into_bytes();
    latin.splice(0..0, *b"<!-- caf\xe9 -->");
    assert_eq!(signal::rsl(latin), beside_unreadable(TRAINING));
}

/// The AI purposes and search, of which a permission leaves some.
const ALL: Purposes = Purposes::AI_TRAINING
    .union(Purposes::AI_INPUT)
    .union(Purposes::EMBEDDING)
    .union(Purposes::AI_EVALUATION)
    .union(Purposes::SEARCH);

/// R18 · RSL 1.0, 3.5: only the usages that are listed are permitted.
#[test]
fn a_licence_restricts_each_usage_that_it_does_not_permit() {
    for (usages, permitted) in [
        ("all", ALL),
        ("ai-all", ALL.difference(Purposes::SEARCH)),
        ("search", Purposes::SEARCH),
        ("ai-train", TRAINING),
        ("train-ai, search", TRAINING | Purposes::SEARCH),
        ("train-genai", Purposes::TRAIN_GENERATIVE),
        (
            "\n ai-index,\tai-use ",
            Purposes::EMBEDDING | Purposes::AI_INPUT,
        ),
        ("ai-<!-- -->train", TRAINING),
    ] {
        let licence = licence(&format!("<permits type=\"usage\">{usages}</permits>"));
        let others = Restrictions::of(ALL.difference(permitted));
        assert_eq!(signal::rsl(licence), others, "{usages}");
    }
}

/// R18 · RSL 1.0: the most restrictive one wins.
#[test]
fn a_licence_that_permits_and_prohibits_restricts_both_ways() {
    let permits = |usages: &str| format!("<permits type=\"usage\">{usages}</permits>");
    let no = r#"<prohibits type="usage">ai-train</prohibits>"#;
    let both = licence(&format!("{}{no}", permits("ai-train search")));
    let rest = ALL.difference(Purposes::SEARCH);
    assert_eq!(signal::rsl(both), Restrictions::of(rest));
    let two = licence(&format!("{}{}", permits("search"), permits("ai-train")));
    assert_eq!(signal::rsl(two), Restrictions::of(ALL));
}

/// R18 · RSL 1.0: a permission that is not understood may hold a no.
#[test]
fn a_permission_that_is_not_understood_is_unreadable() {
    for within in [
        r#"<permits type="ai-train">no</permits>"#,
        r#"<permits type="search">yes</permits><permits type="ai-train">no</permits>"#,
        "<permits>all</permits>",
        r#"<permits type="Usage">all</permits>"#,
        r#"<permits type="user">commercial</permits>"#,
        r#"<permits type="geo">EU</permits>"#,
        r#"<permits type="usage">all unless-asked</permits>"#,
        r#"<permits type="usage">all<b/></permits>"#,
    ] {
        let read = signal::rsl(licence(within));
        assert!(!read.is_readable(), "{within}");
    }
    // What is permitted in a list is not, where an element is in it.
    let nested =
        r#"<permits type="usage">search<prohibits type="usage">ai-train</prohibits></permits>"#;
    let read = signal::rsl(licence(nested));
    assert!(read.purposes().contains(ALL.difference(Purposes::SEARCH)) && !read.is_readable());
    let within = r#"<permits type="usage"><x>all</x></permits>"#;
    assert_eq!(signal::rsl(licence(within)), beside_unreadable(ALL));
    let empty = r#"<permits type="usage"> </permits>"#;
    assert_eq!(signal::rsl(licence(empty)), beside_unreadable(ALL));
    let open = "<rsl><permits type=\"usage\">search";
    let others = ALL.difference(Purposes::SEARCH);
    assert_eq!(signal::rsl(open), beside_unreadable(others));
}

/// R18 · RSL 1.0: a price for the use, and a server that gives out other licences.
#[test]
fn a_licence_that_has_to_be_paid_or_asked_for_is_unreadable() {
    let permits = r#"<permits type="usage">all</permits>"#;
    for (payment, is_read) in [
        (r#"<payment type="free"/>"#, true),
        (
            r#"<payment type="attribution"><standard>x</standard></payment>"#,
            true,
        ),
        (
            r#"<payment type="training"><amount currency="USD">1</amount></payment>"#,
            false,
        ),
        (r#"<payment type="crawl"/>"#, false),
        (r#"<payment type="purchase"/>"#, false),
        ("<payment/>", false),
        (r#"<payment type="Free"/>"#, false),
        (r#"<o:payment xmlns:o="urn:o" type="use"/>"#, false),
    ] {
        let read = signal::rsl(licence(&format!("{permits}{payment}")));
        assert_eq!(read.is_readable(), is_read, "{payment}");
        assert!(read.purposes().is_empty());
    }
    let rsl = "https://rslstandard.org/rsl";
    for server in [
        format!(
            r#"<rsl xmlns="{rsl}"><content url="/" server="https://x.example">{permits}</content></rsl>"#
        ),
        format!(r#"<rsl xmlns="{rsl}"><license server="">{permits}</license></rsl>"#),
        format!(
            r#"<rsl xmlns="{rsl}" xmlns:r="{rsl}"><content r:server="x">{permits}</content></rsl>"#
        ),
    ] {
        assert_eq!(signal::rsl(&server), Restrictions::unread(), "{server}");
    }
}

/// R18 · RSL 1.0: something other than a licence.
#[test]
fn a_document_that_is_no_licence_is_unreadable() {
    for xml in [
        "",
        " ",
        "ai-train",
        "<",
        "<html/>",
        "<rss><item>free</item></rss>",
        r#"<rsl xmlns="https://rslstandard.example/rsl"/>"#,
        r#"<o:rsl xmlns:o="urn:o"/>"#,
        "<x:rsl/>",
        r#"{"rsl":"no"}"#,
        "<!-- only -->",
    ] {
        assert_eq!(signal::rsl(xml), Restrictions::unread(), "{xml}");
    }
}

/// R18 · RSL 1.0: entities within entities are never expanded.
#[test]
fn a_bomb_of_entities_does_not_go_off() {
    let mut bomb = String::from("<!DOCTYPE rsl [<!ENTITY a0 \"ha\">");
    for level in 1..40 {
        let below = format!("&a{};", level - 1).repeat(10);
        write!(bomb, "<!ENTITY a{level} \"{below}\">").unwrap();
    }
    bomb += "]>";
    bomb += &prohibiting("ai-train &a39;");
    assert_eq!(signal::rsl(bomb), beside_unreadable(TRAINING));
}
