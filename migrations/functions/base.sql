-- Counts in the given order and stops at the first count that is over its limit, so that the tries of a network which is over its limit
-- are not counted against an address that other people use. Every caller gives networks before addresses before accounts, narrow ones
-- first, so that two callers never wait for each other's rows.
create or replace function take_tries(keys text[], most integer[], seconds integer[], taken integer, at bigint)
returns table (used integer, ends bigint)
language plpgsql as $$
begin
  for n in 1 .. cardinality(keys) loop
    insert into rate_limits as kept (key, points, expire)
    values (keys[n], taken, at + seconds[n] * 1000::bigint)
    on conflict (key) do update set
      points = case when kept.expire <= at then excluded.points else kept.points + taken end,
      expire = case when kept.expire <= at then excluded.expire else kept.expire end
    returning kept.points, kept.expire into used, ends;
    return next;
    exit when used > most[n];
  end loop;
end
$$;

-- Gives a try back, never below zero and only in the period in which it was counted: an old try must not reduce the present count.
create or replace function give_back_tries(keys text[], ends bigint[]) returns void
language plpgsql as $$
begin
  for n in 1 .. cardinality(keys) loop
    update rate_limits set points = points - 1 where key = keys[n] and expire = ends[n] and points > 0;
  end loop;
end
$$;

-- The day in Québec at an instant, and the first instant of a day.
create or replace function quebec_day(moment timestamptz) returns date language sql immutable as $$
  select (moment at time zone 'America/Toronto')::date
$$;
create or replace function quebec_midnight(day date) returns timestamptz language sql immutable as $$
  select day::timestamp at time zone 'America/Toronto'
$$;
