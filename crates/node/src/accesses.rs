//! Who looked: every access to a person's records, here and above, for the person to see.

use crate::{Node, NodeError, wire::AskAccesses};
use hutong_model::PersonId;
use hutong_store::Access;

impl Node {
    /// Accesses to a person's records everywhere, newest first, and whether every node above was
    /// reached. Person ids of other nodes are replaced by this node's.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn who_looked(
        &self,
        person: PersonId,
        limit: usize,
    ) -> Result<(Vec<Access>, bool), NodeError> {
        let (cluster, entries) = self.local_entries(person).await?;
        let mut accesses = self.store.accesses(&cluster, limit).await?;
        let mut complete = true;
        if let Some(parent) = &self.parent {
            let identity = crate::identity::Identity::from_entries(&entries);
            let ask = AskAccesses { whom: Self::whom(&cluster, &identity), limit };
            match parent.post_json("/v1/node/accesses", &ask, self.moment()).await {
                Ok::<Vec<Access>, _>(more) => accesses.extend(more),
                Err(error) => {
                    tracing::warn!(error = %error, "accesses without the node above");
                    complete = false;
                }
            }
        }
        for access in &mut accesses {
            access.person = person;
        }
        accesses.sort_by_key(|access| std::cmp::Reverse(access.at));
        accesses.truncate(limit);
        Ok((accesses, complete))
    }
}
