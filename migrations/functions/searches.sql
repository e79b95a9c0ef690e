-- The access that a body asks for by a reference, with what its standing is judged by: one statement, whatever is found. A sharing, a question
-- or a decision is found by the bodies that it names, and a decision that its person sees later by nobody until then. A `sub` is the
-- body's own already: it was computed back to this person.
create or replace function access_searched(body integer, about_consent uuid, about_decision uuid, person uuid) returns setof standings_told
language sql stable begin atomic
  select s.* from standings_told s where s.person_id = coalesce(
    (select q.person_id from request_history q where q.consent_id = about_consent and q.recipient = body limit 1),
    (select c.person_id from consent_states c where c.consent_id = about_consent and body in (c.holder, c.recipient) limit 1),
    (select d.person_id from decision_history d where d.decision_id = about_decision and body in (d.holder, d.recipient) limit 1),
    person);
end;
