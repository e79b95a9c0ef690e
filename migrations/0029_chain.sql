-- outside a transaction
-- The end of a chain counts all rows too, those that live no more among them, under the id of nobody in `live`: a refusal that is deleted
-- is missed. An end without the count is sealed anew by what the events tell, at the next start of the work.
-- step, again until it changes nothing
update person_head set seal = null where person_id in (select person_id from person_head where not delayed and seal is not null limit 2000);
