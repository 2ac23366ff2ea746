select row_to_json(record) from (
  select
    'log:' || id as id,
    user_id as subject,
    'acme' as controller,
    case when granted then 'given' else 'withdrawn' end as status,
    changed_at as at,
    array['train-generative'] as purposes,
    array['posts'] as data,
    -- What the switch proves. You vouch for it, so write only what you could show to an auditor.
    case when granted then 'explicitly-expressed' end as consent_type,
    case when granted then 'opt-in-control' end as method,
    case when granted then 'subject' end as actor,
    case when granted then true end as granular,
    case when granted and age_confirmed then 'of-age' end as capacity,
    case when granted then 'consent_log/' || id end as evidence,
    case when granted then channel end as given_via,
    case when granted then array['web', 'app'] end as withdraw_via,
    case when granted then changed_at + interval '1 year' end as valid_until,
    case when granted then json_build_object(
      'id', 'ai',
      'version', notice_version,
      'shown_at', shown_at,
      'purposes', array['train-generative'],
      'controller', 'acme'
    ) end as notice
  from consent_log
  where topic = 'ai-training'
  order by id
) record
