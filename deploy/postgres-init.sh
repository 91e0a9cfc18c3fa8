#!/bin/bash
# Run once by the postgres image, on an empty data folder: the roles of crm/ops/roles.sql with the passwords of the secrets.
set -euo pipefail
export database=rapport
for role in owner app backup; do
    export "${role}_password=$(cat "/run/secrets/database_$role")"
done
names='database owner_password app_password backup_password'
# shellcheck disable=SC2086
{ printf '\\getenv %s %s\n' $(for name in $names; do echo "$name $name"; done); cat /rapport/roles.sql /rapport/leakproof.sql; } |
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username postgres --dbname postgres
