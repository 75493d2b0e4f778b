//! The working set, made from the list of aggregates.
//!
//! Owns the macro: what is the same for each aggregate. Never knows one by name.

/// Makes the working set: a map for each aggregate, and what is asked of any of them by its subject.
#[macro_export]
macro_rules! make_world {
    (
        $World:ident { $($field:ident: $Type:ty,)* }, $Subject:ident, $SubjectKind:ident, $Event:ident, $Effect:ident, $Any:ident;
        $($(#[$doc:meta])* $Name:ident: $State:ty => $map:ident,)*
    ) => {
        /// The working set. A copy shares what it does not change.
        #[derive(Debug, Clone)]
        pub struct $World {
            $($field: $Type,)*
            index: $crate::world::Index<$Subject>,
            $($(#[$doc])* $map: $crate::world::Map<
                <$State as $crate::aggregate::Aggregate>::Id,
                std::sync::Arc<$State>,
            >,)*
        }

        /// Any effect; its id is stable over restarts.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $Effect {
            $($(#[$doc])* $Name(<$State as $crate::aggregate::Aggregate>::Effect),)*
        }

        /// One aggregate of any kind, with its id.
        #[derive(Debug, Clone)]
        pub enum $Any {
            $($(#[$doc])* $Name(<$State as $crate::aggregate::Aggregate>::Id, std::sync::Arc<$State>),)*
        }

        impl $Any {
            /// Which one.
            pub fn subject(&self) -> $Subject {
                match self {
                    $(Self::$Name(id, _) => $Subject::$Name(id.clone()),)*
                }
            }

            /// Sequence of its newest entry.
            pub fn last_seq(&self) -> u64 {
                match self {
                    $(Self::$Name(_, a) => $crate::aggregate::Aggregate::last_seq(&**a),)*
                }
            }

            /// Whether an entry may still follow, although it has ended.
            pub fn may_go_on(&self) -> bool {
                match self {
                    $(Self::$Name(_, a) => $crate::aggregate::Aggregate::may_go_on(&**a),)*
                }
            }
        }

        impl $World {
            $(
                #[doc = concat!("Those of [`", stringify!($State), "`] in it.")]
                pub fn $map(&self) -> &$crate::world::Map<
                    <$State as $crate::aggregate::Aggregate>::Id,
                    std::sync::Arc<$State>,
                > {
                    &self.$map
                }
            )*

            /// Puts one back that has gone from it; what is in it stays as it is.
            pub fn put_back(&mut self, gone: &$Any) {
                match gone {
                    $($Any::$Name(id, aggregate) => {
                        if !self.$map.contains_key(id) {
                            self.$map.insert(id.clone(), std::sync::Arc::clone(aggregate));
                            let place = $SubjectKind::$Name as usize;
                            self.index.put_back(place, $Subject::$Name(id.clone()), &**aggregate);
                        }
                    })*
                }
            }

            fn empty($($field: $Type),*) -> Self {
                let index = $crate::world::Index::empty();
                Self { $($field,)* index, $($map: $crate::world::Map::new()),* }
            }

            /// Takes an event into the aggregate that it concerns, or begins it. Total.
            fn take(&mut self, event: &$Event, at: $crate::core::time::Timestamp, seq: u64) {
                match event {
                    $Event::World(_) => {}
                    $($Event::$Name(id, event) => {
                        let before = self.$map.get(id).map(|a| $crate::world::Mark::of(&**a));
                        if let Some(known) = self.$map.get_mut(id) {
                            $crate::aggregate::Aggregate::evolve(std::sync::Arc::make_mut(known), event, at, seq);
                        } else if let Some(new) =
                            <$State as $crate::aggregate::Aggregate>::begin(id, event, at, seq)
                        {
                            self.$map.insert(id.clone(), std::sync::Arc::new(new));
                        }
                        if let Some(known) = self.$map.get(id) {
                            let place = $SubjectKind::$Name as usize;
                            self.index.take(place, $Subject::$Name(id.clone()), before, &**known);
                        }
                    })*
                }
            }

            /// Drops ended aggregates on which nothing is likely to be decided any more, and gives them. Whoever speaks to
            /// one of them again puts it back first.
            pub fn prune(&mut self) -> Vec<$Any> {
                let mut dropped = Vec::new();
                for subject in self.index.take_moved() {
                    match &subject {
                        $Subject::World => {}
                        $($Subject::$Name(id) => {
                            let gone = self.$map.get(id).filter(|a| {
                                let a: &$State = a;
                                $crate::aggregate::Aggregate::ended(a)
                                    && !$crate::aggregate::Aggregate::remembered(a, self)
                            });
                            if let Some(gone) = gone.cloned() {
                                self.$map.remove(id);
                                self.index.remove($SubjectKind::$Name as usize, &subject, &*gone);
                                dropped.push($Any::$Name(id.clone(), gone));
                            }
                        })*
                    }
                }
                dropped
            }

            /// Everything in it.
            pub fn subjects(&self) -> impl Iterator<Item = $Subject> {
                std::iter::empty()$(.chain(self.$map.keys().cloned().map($Subject::$Name)))*
            }

            /// Whether it is in it.
            pub fn holds(&self, subject: &$Subject) -> bool {
                match subject {
                    $Subject::World => true,
                    $($Subject::$Name(id) => self.$map.contains_key(id),)*
                }
            }

            /// Sequence of the newest entry of an aggregate in it.
            fn newest_of(&self, subject: &$Subject) -> Option<u64> {
                match subject {
                    $Subject::World => None,
                    $($Subject::$Name(id) => {
                        self.$map.get(id).map(|a| $crate::aggregate::Aggregate::last_seq(&**a))
                    })*
                }
            }

            /// The word of the state of something in it.
            pub fn state(&self, subject: &$Subject) -> Option<State> {
                match subject {
                    $Subject::World => None,
                    $($Subject::$Name(id) => {
                        self.$map.get(id).map(|a| $crate::aggregate::Aggregate::state(&**a))
                    })*
                }
            }

            /// What something wants done now.
            pub fn todo(&self, subject: &$Subject) -> Vec<$Effect> {
                match subject {
                    $Subject::World => Vec::new(),
                    $($Subject::$Name(id) => self
                        .$map
                        .get(id)
                        .map(|a| $crate::aggregate::Aggregate::todo(&**a))
                        .unwrap_or_default()
                        .into_iter()
                        .map($Effect::$Name)
                        .collect(),)*
                }
            }

            /// What lists show of something in it.
            pub fn rows(&self, subject: &$Subject) -> Vec<$crate::row::Row> {
                match subject {
                    $Subject::World => Vec::new(),
                    $($Subject::$Name(id) => self
                        .$map
                        .get(id)
                        .map(|a| $crate::aggregate::Aggregate::rows(&**a, self))
                        .unwrap_or_default(),)*
                }
            }

            /// What happens to something in it now that time went by or something else ended.
            pub fn tick_of(
                &self,
                subject: &$Subject,
                now: $crate::core::time::Timestamp,
            ) -> Vec<$Event> {
                match subject {
                    $Subject::World => Vec::new(),
                    $($Subject::$Name(id) => self
                        .$map
                        .get(id)
                        .map(|a| $crate::aggregate::Aggregate::tick(&**a, self, now))
                        .unwrap_or_default(),)*
                }
            }

            /// Whether something in it has taken a statement with this nonce.
            pub fn nonce_used(&self, subject: &$Subject, nonce: &$crate::core::ids::Nonce) -> bool {
                match subject {
                    $Subject::World => false,
                    $($Subject::$Name(id) => self
                        .$map
                        .get(id)
                        .is_some_and(|a| $crate::aggregate::Aggregate::nonce(&**a, nonce)),)*
                }
            }

            /// What may go on now that time went by or something else ended: one aggregate's events at a time, so that
            /// each sees what the one before it did. `None` when everything rests. Only those are asked whose time has
            /// come or beside whom something was moved.
            fn go_on(&mut self, now: $crate::core::time::Timestamp) -> Option<($Subject, Vec<$Event>)> {
                while let Some(subject) = self.index.next(now) {
                    let events = self.tick_of(&subject, now);
                    if !events.is_empty() {
                        return Some((subject, events));
                    }
                    self.index.rests();
                }
                None
            }
        }
    };
}
