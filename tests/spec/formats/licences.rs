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
        licence(&format!("<permits type=\"usage\">search{no}</permits>")),
        licence(&format!("<payment><custom>{no}</custom></payment>")),
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

/// R18 · RSL 1.0: something that is no licence.
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
