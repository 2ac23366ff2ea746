-- A log of consents as many services have it: a row each time that somebody turns a switch.
create table consent_log (
  id bigint primary key,
  user_id bigint not null,
  topic text not null,
  granted boolean not null,
  changed_at timestamptz not null,
  notice_version text,
  shown_at timestamptz,
  channel text,
  age_confirmed boolean
);

insert into consent_log values
  (1, 17, 'ai-training', true, '2024-09-10 09:00:00+02', '3', '2024-09-10 08:59:00+02', 'web', true),
  (2, 18, 'ai-training', true, '2024-09-10 09:00:00+02', '3', '2024-09-10 08:59:00+02', 'app', true),
  (3, 18, 'ai-training', false, '2024-10-10 09:00:00+02', null, null, null, null),
  (4, 19, 'newsletter', true, '2024-09-10 09:00:00+02', '3', '2024-09-10 08:59:00+02', 'web', true),
  (5, 20, 'ai-training', true, '2024-09-10 09:00:00+02', '3', null, 'web', true);
