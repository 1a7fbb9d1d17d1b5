//! Organisations admitted to this node. Kept in the store, read from memory.

use crate::{Node, NodeError};
use hutong_model::{
    Issue, IssueCode, Member, MemberId, MemberKind, MemberStatus, Purpose, RegionCode,
};
use hutong_store::Store;
use parking_lot::RwLock;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

const COLLECTION: &str = "member";

/// The members, in memory.
pub struct Members {
    by_id: RwLock<HashMap<MemberId, Arc<Member>>>,
}

/// What is stated to admit a member.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Its id; must begin with the node's own region.
    pub id: MemberId,
    /// What it is.
    pub kind: MemberKind,
    /// Its name.
    pub name: String,
    /// Where it is; must lie within the node's region.
    pub region: RegionCode,
    /// What it may ask data for; the usual purposes of its kind where None.
    pub purposes: Option<BTreeSet<Purpose>>,
    /// Its public keys, a JSON Web Key Set (RFC 7517) with at least one key.
    pub jwks: serde_json::Value,
}

impl Members {
    /// Reads all members.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn load(store: &dyn Store) -> Result<Self, NodeError> {
        let mut by_id = HashMap::new();
        for (key, document) in store.documents(COLLECTION).await? {
            let member: Member = serde_json::from_value(document)
                .map_err(|error| NodeError::Setup(format!("stored member {key}: {error}")))?;
            by_id.insert(member.id.clone(), Arc::new(member));
        }
        Ok(Self { by_id: RwLock::new(by_id) })
    }

    fn get(&self, id: &MemberId) -> Option<Arc<Member>> {
        self.by_id.read().get(id).cloned()
    }
}

impl Node {
    /// The member, whatever its status.
    pub fn member(&self, id: &MemberId) -> Option<Arc<Member>> {
        self.members.get(id)
    }

    /// The member, if it may act.
    ///
    /// # Errors
    /// [`NodeError::Member`] where it is unknown or suspended.
    pub fn active_member(&self, id: &MemberId) -> Result<Arc<Member>, NodeError> {
        self.members
            .get(id)
            .filter(|member| member.status == MemberStatus::Active)
            .ok_or_else(|| NodeError::Member(id.clone()))
    }

    /// All members, by id.
    pub fn list_members(&self) -> Vec<Arc<Member>> {
        let mut members: Vec<_> = self.members.by_id.read().values().cloned().collect();
        members.sort_by(|a, b| a.id.cmp(&b.id));
        members
    }

    /// Reads the members again (another process, such as the command line, may have changed them).
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn reload_members(&self) -> Result<(), NodeError> {
        let fresh = Members::load(&*self.store).await?;
        *self.members.by_id.write() = fresh.by_id.into_inner();
        Ok(())
    }

    /// Admits a member, or changes one that is there (new keys, other purposes, active again).
    ///
    /// # Errors
    /// [`NodeError::Input`] where the id is not under this node, the region not within it, or the
    /// keys are no key set.
    pub async fn admit_member(&self, new: NewMember) -> Result<Arc<Member>, NodeError> {
        self.check_new(&new)?;
        let now = self.now();
        let known = self.member(&new.id);
        let member = Member {
            purposes: new.purposes.unwrap_or_else(|| new.kind.usual_purposes()),
            id: new.id,
            kind: new.kind,
            name: new.name,
            region: new.region,
            status: MemberStatus::Active,
            jwks: new.jwks,
            admitted_at: known.map_or(now, |member| member.admitted_at),
            updated_at: now,
        };
        self.keep_member(member).await
    }

    /// Suspends a member: from now on nothing it sends is accepted.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where there is no such member.
    pub async fn suspend_member(&self, id: &MemberId) -> Result<Arc<Member>, NodeError> {
        let known = self.member(id).ok_or(NodeError::NotFound("no such member"))?;
        let member = Member {
            status: MemberStatus::Suspended,
            updated_at: self.now(),
            ..Member::clone(&known)
        };
        self.keep_member(member).await
    }

    async fn keep_member(&self, member: Member) -> Result<Arc<Member>, NodeError> {
        let document = serde_json::to_value(&member)
            .map_err(|error| NodeError::Setup(format!("member {}: {error}", member.id)))?;
        self.store
            .put_document(COLLECTION, member.id.as_str(), document, member.updated_at)
            .await?;
        let member = Arc::new(member);
        self.members.by_id.write().insert(member.id.clone(), member.clone());
        Ok(member)
    }

    fn check_new(&self, new: &NewMember) -> Result<(), NodeError> {
        let own = self.settings.region;
        let under = new.id.region() == own || new.kind == MemberKind::Node;
        if !under {
            return Err(input(
                "id",
                format!("a member of this node has an id that begins with {own}."),
            ));
        }
        if new.kind == MemberKind::Node && new.id != MemberId::of_node(new.region) {
            let expected = MemberId::of_node(new.region);
            return Err(input("id", format!("the node of {} is {expected}", new.region)));
        }
        if !own.contains(&new.region) {
            return Err(input("region", format!("{} does not lie within {own}", new.region)));
        }
        let keys = new.jwks.get("keys").and_then(|keys| keys.as_array());
        if keys.is_none_or(Vec::is_empty) {
            return Err(input("jwks", "expected a JSON Web Key Set with at least one key".into()));
        }
        Ok(())
    }
}

fn input(field: &'static str, reason: String) -> NodeError {
    NodeError::input(Issue::error(IssueCode::Value, field, reason, ""))
}
