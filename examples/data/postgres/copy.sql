copy (
  select
    'log:' || id as id,
    user_id,
    'acme' as controller,
    case when granted then 'given' else 'withdrawn' end as status,
    changed_at,
    array['train-generative'] as purposes,
    array['posts'] as data,
    case when granted then 'explicitly-expressed' end as consent_type,
    case when granted then 'opt-in-control' end as method,
    case when granted then 'subject' end as actor,
    case when granted then true end as granular,
    case when granted and age_confirmed then 'of-age' end as capacity,
    case when granted then 'consent_log/' || id end as evidence,
    case when granted then channel end as given_via,
    case when granted then array['web', 'app'] end as withdraw_via,
    case when granted then changed_at + interval '1 year' end as valid_until,
    case when granted then 'ai' end as "notice.id",
    case when granted then notice_version end as "notice.version",
    case when granted then shown_at end as "notice.shown_at",
    case when granted then array['train-generative'] end as "notice.purposes",
    case when granted then 'acme' end as "notice.controller"
  from consent_log
  where topic = 'ai-training'
  order by id
) to stdout with (format csv, header)
