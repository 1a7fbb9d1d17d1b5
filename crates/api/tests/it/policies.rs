//! The policies: valid, and deciding as they should for every kind, action and purpose.

use hutong_api::access::{Action, Policy};
use hutong_model::{Member, MemberId, MemberKind, MemberStatus, Purpose, RegionCode, Timestamp};

fn member(kind: MemberKind, purposes: &[Purpose]) -> Member {
    Member {
        id: MemberId::parse("330100.x").expect("an id"),
        kind,
        name: "X".into(),
        region: RegionCode::parse("330100").expect("a region"),
        status: MemberStatus::Active,
        purposes: purposes.iter().copied().collect(),
        jwks: serde_json::Value::Null,
        admitted_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    }
}

#[test]
fn the_built_in_policies_are_valid() {
    Policy::builtin().expect("valid");
}

#[test]
fn a_policy_that_does_not_fit_the_schema_is_refused() {
    let schema = "entity Member { kind: String }; entity Node; action admit appliesTo \
                  { principal: Member, resource: Node, context: {} };";
    let typo = "permit (principal, action == Action::\"admit\", resource) \
                when { principal.knd == \"clinic\" };";
    assert!(Policy::parse(schema, typo).is_err());
    assert!(Policy::parse(schema, "permit (").is_err());
}

#[test]
fn nothing_is_permitted_for_a_purpose_that_was_not_admitted() {
    let policy = Policy::builtin().expect("valid");
    for kind in MemberKind::ALL {
        for purpose in Purpose::ALL {
            let others: Vec<_> = Purpose::ALL.into_iter().filter(|p| *p != purpose).collect();
            let member = member(kind, &others);
            for action in Action::ALL {
                assert!(!policy.permits(&member, *action, purpose, true), "{kind:?} {action:?}");
            }
        }
    }
}

#[test]
fn a_suspended_member_may_do_nothing() {
    let policy = Policy::builtin().expect("valid");
    for kind in MemberKind::ALL {
        let suspended = Member { status: MemberStatus::Suspended, ..member(kind, &Purpose::ALL) };
        for action in Action::ALL {
            for purpose in Purpose::ALL {
                assert!(!policy.permits(&suspended, *action, purpose, true));
            }
        }
    }
}

#[test]
fn what_is_permitted_is_what_is_meant() {
    let policy = Policy::builtin().expect("valid");
    let may = |kind, action, purpose, basis| {
        let member = member(kind, &Purpose::ALL);
        policy.permits(&member, action, purpose, basis)
    };
    use Action::{
        Admit, ApplyToCall, CheckEntry, Correct, FindPerson, LinkDocument, LinkPersons,
        NodeExchange, ReadHistory, ReceiveGrant, Verify,
    };
    use MemberKind::{Clinic, Department, Lab, Node, School, Verifier};
    for purpose in Purpose::ALL {
        let report = purpose == Purpose::Report;
        assert_eq!(may(Clinic, Admit, purpose, false), report);
        assert_eq!(may(Lab, Correct, purpose, false), report);
        let reads = matches!(
            purpose,
            Purpose::Treatment
                | Purpose::PublicHealth
                | Purpose::PatientRequest
                | Purpose::SchoolEntry
        );
        for action in [ReadHistory, FindPerson, ReceiveGrant, ApplyToCall] {
            assert_eq!(may(Clinic, action, purpose, false), reads, "{action:?} {purpose:?}");
        }
        // A door never reads histories, whatever it was admitted for.
        assert!(!may(Verifier, ReadHistory, purpose, true));
        assert!(!may(School, LinkDocument, purpose, true));
        let school = purpose == Purpose::SchoolEntry;
        assert_eq!(may(School, CheckEntry, purpose, true), school);
        assert!(!may(School, CheckEntry, purpose, false), "without a legal basis");
        assert!(!may(Verifier, CheckEntry, purpose, true));
        // Nodes exchange and do nothing else; nobody else exchanges.
        assert_eq!(may(Node, NodeExchange, purpose, false), purpose == Purpose::NodeExchange);
        assert!(!may(Clinic, NodeExchange, purpose, true));
        for action in Action::ALL.iter().filter(|action| **action != NodeExchange) {
            assert!(!may(Node, *action, purpose, true), "{action:?}");
        }
        let public_health = purpose == Purpose::PublicHealth;
        assert_eq!(may(Department, LinkPersons, purpose, true), public_health);
        assert!(!may(Department, LinkPersons, purpose, false), "without a legal basis");
        assert!(!may(Clinic, LinkPersons, purpose, true));
    }
    assert!(may(Verifier, Verify, Purpose::Verification, false));
}
