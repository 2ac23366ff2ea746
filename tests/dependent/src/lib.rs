//! The crate as a dependent has it: without features, with `json` and no `signal`, with `interchange`.

#[cfg(test)]
mod tests {
    use consent_gate::{
        Actor, Capacity, Channel, Channels, ConsentRecord, ConsentType, DataCategories, Decision,
        Gate, Granularity, Ledger, Method, Notice, Purposes, Rules, Snapshot, UserRecord,
        parse_instant,
    };

    const AT: &str = "2024-09-10T09:00:00Z";

    fn gate() -> Gate {
        let as_of = parse_instant("2024-11-01T00:00:00Z").unwrap();
        let gate = Gate::builder("acme", Purposes::TRAIN_GENERATIVE, as_of);
        gate.build().unwrap()
    }

    fn yes() -> ConsentRecord {
        let at = parse_instant(AT).unwrap();
        let notice = Notice::builder()
            .id("ai")
            .version("3")
            .shown_at(at)
            .purposes(Purposes::TRAIN_GENERATIVE)
            .controller("acme");
        ConsentRecord::grant("g1", "alice", "acme", at)
            .purposes(Purposes::TRAIN_GENERATIVE)
            .data(DataCategories::POSTS)
            .consent_type(ConsentType::ExplicitlyExpressed)
            .method(Method::OptInControl)
            .actor(Actor::Subject)
            .capacity(Capacity::OfAge)
            .granular(Granularity::Separate)
            .notice(notice.build().unwrap())
            .evidence("log:1")
            .given_via(Channel::Web)
            .withdraw_via(Channels::WEB)
            .valid_until(parse_instant("2025-09-10T09:00:00Z").unwrap())
            .build()
            .unwrap()
    }

    struct Post(&'static str);

    impl UserRecord for Post {
        fn subjects(&self) -> impl Iterator<Item = &str> {
            [self.0].into_iter()
        }

        fn collected_at(&self) -> Option<consent_gate::time::UtcDateTime> {
            parse_instant("2024-10-01T00:00:00Z").ok()
        }

        fn data(&self) -> DataCategories {
            DataCategories::POSTS
        }

        fn restrictions(&self) -> consent_gate::Restrictions {
            consent_gate::Restrictions::none()
        }
    }

    #[test]
    fn the_default_features_decide() {
        let gate = gate();
        let ledger: Ledger = [yes()].into_iter().collect();
        assert!(gate.with(&ledger).decide(&Post("alice")).is_permit());
        let snapshot = Snapshot::new(&gate, &ledger);
        assert!(snapshot.decide(&Post("alice")).is_permit());
        assert!(!snapshot.decide(&Post("bob")).is_permit());
    }

    /// Without the feature `signal` a signal cannot be read, so it withholds.
    #[cfg(feature = "json")]
    #[test]
    fn a_signal_that_nothing_can_read_withholds() {
        use consent_gate::json::RowReader;

        let gate = gate();
        let ledger: Ledger = [yes()].into_iter().collect();
        let row = |signals: &str| {
            let row = format!(
                r#"{{"subject":"alice","collected_at":"2024-10-01T00:00:00Z","data":["posts"]{signals}}}"#
            );
            let row = RowReader::new().read(row.as_bytes()).unwrap();
            match gate.with(&ledger).decide(&row) {
                Decision::Deny(reasons) => reasons.unproven(),
                Decision::Permit(_) => Rules::empty(),
            }
        };
        assert_eq!(row(""), Rules::empty());
        assert_eq!(row(r#","signals":[]"#), Rules::empty());
        let yes = r#","signals":[{"kind":"content-usage","value":"train-ai=y"}]"#;
        assert_eq!(row(yes), Rules::UNRESTRICTED);
    }

    #[cfg(feature = "interchange")]
    #[test]
    fn a_table_is_read() {
        use consent_gate::interchange::read_table;
        use consent_gate::json::OnUnreadable;

        let table = "id,subject,status\nw1,alice,withdrawn\n";
        let mut ledger = read_table(table.as_bytes(), OnUnreadable::Stop).unwrap();
        ledger.extend([yes()]);
        assert!(!gate().with(&ledger).decide(&Post("alice")).is_permit());
    }
}
