//! The lists that `annals_commit` takes, column by column: what each holds is said in
//! `schema/annals_commit_v9.sql`. Nothing here decides.

use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::condition::Criteria;
use crate::time::Time;

/// A parameter of a statement.
pub(crate) type Bound<'a> = &'a (dyn ToSql + Sync);

/// All lists, in the order of the function's parameters.
#[derive(Debug, Default)]
pub(crate) struct Lists<'u> {
    pub(crate) u_unfit: Vec<bool>,
    pub(crate) u_outcome: Vec<i32>,
    pub(crate) u_checkpoint: Vec<i32>,
    pub(crate) u_appends: Vec<i32>,
    pub(crate) u_criteria: Vec<i32>,
    pub(crate) u_matches: Vec<i32>,
    pub(crate) u_rows: Vec<i32>,
    pub(crate) s_aggregate: Vec<&'u str>,
    pub(crate) s_id: Vec<&'u str>,
    pub(crate) a_unit: Vec<i32>,
    pub(crate) a_stream: Vec<i32>,
    pub(crate) a_expected: Vec<i64>,
    pub(crate) a_own: Vec<i64>,
    pub(crate) a_events: Vec<i64>,
    pub(crate) e_append: Vec<i32>,
    pub(crate) e_offset: Vec<i64>,
    pub(crate) e_id: Vec<Uuid>,
    pub(crate) e_type: Vec<String>,
    pub(crate) e_time: Vec<Time>,
    pub(crate) e_data: Vec<&'u [u8]>,
    pub(crate) e_correlation: Vec<Uuid>,
    pub(crate) e_causation: Vec<Option<Uuid>>,
    pub(crate) e_command: Vec<Option<Uuid>>,
    pub(crate) e_actor: Vec<Option<&'u str>>,
    pub(crate) e_traceparent: Vec<Option<&'u str>>,
    pub(crate) e_tags: Vec<Option<String>>,
    pub(crate) t_event: Vec<i32>,
    pub(crate) t_tag: Vec<&'u str>,
    pub(crate) t_name: Vec<&'u str>,
    pub(crate) new_type: Vec<String>,
    pub(crate) new_name: Vec<&'u str>,
    pub(crate) o_unit: Vec<i32>,
    pub(crate) o_stream: Vec<i32>,
    pub(crate) o_key: Vec<i32>,
    pub(crate) o_id: Vec<Uuid>,
    pub(crate) o_command: Vec<&'u str>,
    pub(crate) o_correlation: Vec<Uuid>,
    pub(crate) o_time: Vec<Time>,
    pub(crate) o_hash: Vec<&'u [u8]>,
    pub(crate) o_outcome: Vec<&'u [u8]>,
    pub(crate) criteria: Criteria<'u>,
    pub(crate) m_append: Vec<i32>,
    pub(crate) m_offset: Vec<i64>,
    pub(crate) books: Books<'u>,
}

/// The lists that only the engine may fill.
#[derive(Debug, Default)]
pub(crate) struct Books<'u> {
    pub(crate) k_unit: Vec<i32>,
    pub(crate) k_who: Vec<i32>,
    pub(crate) k_consumer: Vec<&'u str>,
    pub(crate) k_expected: Vec<i64>,
    pub(crate) k_position: Vec<i64>,
    pub(crate) k_fingerprint: Vec<&'u str>,
    pub(crate) d_table: Vec<&'u str>,
    pub(crate) d_key: Vec<String>,
    pub(crate) r_row: Vec<i32>,
    pub(crate) r_read: Vec<i64>,
    pub(crate) r_position: Vec<i64>,
    pub(crate) r_json: Vec<String>,
    pub(crate) r_head: Vec<Option<i64>>,
    pub(crate) b_unit: Vec<i32>,
    pub(crate) b_kind: Vec<&'static str>,
    pub(crate) b_json: Vec<String>,
    pub(crate) reset: Option<&'u str>,
}

impl Lists<'_> {
    /// The parameters of `annals_append`.
    pub(crate) fn bound(&self) -> Vec<Bound<'_>> {
        let [q_after, q_tag, q_tags, q_names] = self.criteria.bound();
        vec![
            &self.u_unfit,
            &self.u_outcome,
            &self.u_checkpoint,
            &self.u_appends,
            &self.u_criteria,
            &self.u_matches,
            &self.u_rows,
            &self.s_aggregate,
            &self.s_id,
            &self.a_unit,
            &self.a_stream,
            &self.a_expected,
            &self.a_own,
            &self.a_events,
            &self.e_append,
            &self.e_offset,
            &self.e_id,
            &self.e_type,
            &self.e_time,
            &self.e_data,
            &self.e_correlation,
            &self.e_causation,
            &self.e_command,
            &self.e_actor,
            &self.e_traceparent,
            &self.e_tags,
            &self.t_event,
            &self.t_tag,
            &self.t_name,
            &self.new_type,
            &self.new_name,
            &self.o_unit,
            &self.o_stream,
            &self.o_key,
            &self.o_id,
            &self.o_command,
            &self.o_correlation,
            &self.o_time,
            &self.o_hash,
            &self.o_outcome,
            q_after,
            q_tag,
            q_tags,
            q_names,
            &self.m_append,
            &self.m_offset,
        ]
    }
}

impl Books<'_> {
    /// The further parameters of `annals_commit`.
    pub(crate) fn bound(&self) -> Vec<Bound<'_>> {
        vec![
            &self.k_unit,
            &self.k_who,
            &self.k_consumer,
            &self.k_expected,
            &self.k_position,
            &self.k_fingerprint,
            &self.d_table,
            &self.d_key,
            &self.r_row,
            &self.r_read,
            &self.r_position,
            &self.r_json,
            &self.b_unit,
            &self.b_kind,
            &self.b_json,
            &self.reset,
            &self.r_head,
        ]
    }

    /// Whether there is nothing that an application may not do.
    pub(crate) fn is_empty(&self) -> bool {
        self.k_unit.is_empty()
            && self.r_row.is_empty()
            && self.b_unit.is_empty()
            && self.reset.is_none()
    }
}
