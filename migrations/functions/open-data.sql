create or replace trigger published_file_is_immutable before update or delete or truncate on published_file
  for each statement execute function refuse_change();

-- The log entries of published files, with the path at which each file is.
create or replace view published_leaves as
  select leaf_id, sha256, '/register/open-data/' || dataset || '/' || to_char(month, 'YYYY-MM')
    || case when correction > 0 then '-c' || correction else '' end || '.' || format as path
  from published_file;
