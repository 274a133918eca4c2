# Sourced by start.sh once Vault answers: KV version 1 beside the version 2 at secret/, AppRole, two policies, and a
# token that may only read one folder.

vault_api POST sys/mounts/kv1 '{"type":"kv","options":{"version":"1"}}'
vault_api POST sys/auth/approle '{"type":"approle"}'

vault_policy() { # vault_policy NAME, the policy on stdin
  local text
  text=$(sed 's/"/\\"/g' | tr '\n' ' ')
  vault_api PUT "sys/policies/acl/$1" "{\"policy\":\"$text\"}"
}

vault_policy vibebox-app <<'P'
path "secret/data/vibebox/*" { capabilities = ["create", "read", "update", "patch", "delete"] }
path "secret/delete/vibebox/*" { capabilities = ["update"] }
path "secret/undelete/vibebox/*" { capabilities = ["update"] }
path "secret/metadata/vibebox/*" { capabilities = ["create", "read", "update", "patch", "delete", "list"] }
path "secret/metadata/vibebox" { capabilities = ["list"] }
path "secret/config" { capabilities = ["read"] }
path "kv1/vibebox/*" { capabilities = ["create", "read", "update", "delete", "list"] }
path "kv1/vibebox" { capabilities = ["list"] }
P
vault_policy vibebox-read <<'P'
path "secret/data/vibebox/readable/*" { capabilities = ["read"] }
path "secret/metadata/vibebox/readable/*" { capabilities = ["read", "list"] }
P

vault_api POST auth/approle/role/vibebox '{"token_policies":"vibebox-app","token_ttl":"60s","token_max_ttl":"600s"}'

vault_field() { # vault_field NAME   the first text field of that name in the answer on stdin
  sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}
put TEST_VAULT_ROLE_ID "$(vault_api GET auth/approle/role/vibebox/role-id | vault_field role_id)"
put TEST_VAULT_SECRET_ID "$(vault_api POST auth/approle/role/vibebox/secret-id '{}' | vault_field secret_id)"
put TEST_VAULT_READ_TOKEN \
  "$(vault_api POST auth/token/create '{"policies":["vibebox-read"],"ttl":"24h"}' | vault_field client_token)"
