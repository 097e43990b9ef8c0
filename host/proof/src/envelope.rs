//! What the district leaves to a township: local acts on the township's own items, and on things that
//! lie in that township.

use cedar_policy::{Policy, PolicyId, PolicySet};
use model::DivisionCode;
use package::{Edition, LOCAL_ACTIONS};

use crate::error::ProofError;

/// One township's overlay with the limits it has to keep.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    pub(crate) overlay: &'a PolicySet,
    pub(crate) township: DivisionCode,
    own: Vec<String>,
}

/// The envelope of each township that has policies.
pub(crate) fn envelopes(edition: &Edition) -> Vec<Envelope<'_>> {
    let all = edition.townships().iter().map(|(&code, township)| Envelope {
        overlay: &township.overlay,
        township: code,
        own: township.own_items().map(str::to_owned).collect(),
    });
    all.filter(|envelope| envelope.overlay.policies().next().is_some()).collect()
}

#[cfg(test)]
impl<'a> Envelope<'a> {
    pub(crate) fn new(overlay: &'a PolicySet, township: DivisionCode, own: &[&str]) -> Self {
        Self { overlay, township, own: own.iter().map(|id| (*id).to_owned()).collect() }
    }
}

impl Envelope<'_> {
    /// A permit as the engine evaluates it: only for things of its township.
    pub(crate) fn fenced(&self, permit: &Policy) -> Result<PolicySet, ProofError> {
        let mut set = PolicySet::new();
        set.add(permit.clone()).map_err(|error| wrong(&error))?;
        self.fence(&mut set)?;
        Ok(set)
    }

    /// Everything the district leaves to the township.
    pub(crate) fn allowed(&self) -> Result<PolicySet, ProofError> {
        let mut set = PolicySet::new();
        if !self.own.is_empty() {
            let items: Vec<String> = self.own.iter().map(|id| format!("{id:?}")).collect();
            for (action, holder) in LOCAL_ACTIONS {
                let text = format!(
                    "permit (principal, action == Action::{action:?}, resource) when {{ [{}].contains({holder}.item) }};",
                    items.join(", ")
                );
                add(&mut set, action, &text)?;
            }
        }
        self.fence(&mut set)?;
        Ok(set)
    }

    fn fence(&self, set: &mut PolicySet) -> Result<(), ProofError> {
        let text = format!(
            "forbid (principal, action, resource) unless {{ resource.township == \"{}\" }};",
            self.township
        );
        add(set, "fence", &text)
    }
}

fn add(set: &mut PolicySet, id: &str, text: &str) -> Result<(), ProofError> {
    let policy = Policy::parse(Some(PolicyId::new(id)), text)
        .map_err(|error| ProofError::untranslatable("a township's envelope", &error))?;
    set.add(policy).map_err(|error| wrong(&error))
}

fn wrong(error: &cedar_policy::PolicySetError) -> ProofError {
    ProofError::untranslatable("a township's envelope", error)
}
