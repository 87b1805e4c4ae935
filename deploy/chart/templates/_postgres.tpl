{{- define "usher.postgres.cluster" -}}{{ include "usher.fullname" . }}-postgres{{- end -}}

{{/* The secret with the server's authority; empty where certificates are not checked. CloudNativePG makes it by this name. */}}
{{- define "usher.postgres.ca" -}}
{{- if hasPrefix "verify" .Values.postgres.sslMode -}}
{{- .Values.postgres.ca.name | default (printf "%s-ca" (include "usher.postgres.cluster" .)) -}}
{{- end -}}
{{- end -}}

{{/* Takes root, name and config. No password stands in the address: asyncpg and libpq read PGUSER and PGPASSWORD. */}}
{{- define "usher.postgres.url" -}}
{{- $made := .root.Values.cloudnativepg.enabled | ternary (printf "%s-rw" (include "usher.postgres.cluster" .root)) "" -}}
{{- $host := .config.database.host | default .root.Values.postgres.host | default $made -}}
{{- $host = required "Say where PostgreSQL is: postgres.host, or cloudnativepg.enabled for a cluster that CloudNativePG runs." $host -}}
postgresql://{{ $host }}:{{ .config.database.port | default .root.Values.postgres.port | int }}/{{ .config.database.name | default .name }}
{{- end -}}

{{/* Takes also secret (its name) and keys (where in it the name and the password stand). */}}
{{- define "usher.postgres.env" -}}
- name: USHER_DATABASE_URL
  value: {{ include "usher.postgres.url" . | quote }}
- name: PGUSER
  valueFrom:
    secretKeyRef: {name: {{ .secret }}, key: {{ .keys.usernameKey }}}
- name: PGPASSWORD
  valueFrom:
    secretKeyRef: {name: {{ .secret }}, key: {{ .keys.passwordKey }}}
- name: PGSSLMODE
  value: {{ .root.Values.postgres.sslMode }}
{{- if include "usher.postgres.ca" .root }}
- name: PGSSLROOTCERT
  value: /etc/usher/postgres/ca.crt
{{- end }}
{{- end -}}

{{- define "usher.postgres.ownerEnv" -}}
{{- include "usher.postgres.env" (merge (dict "secret" (include "usher.ownerSecret" .) "keys" .config.database.owner) .) -}}
{{- end -}}

{{- define "usher.postgres.serviceEnv" -}}
{{- include "usher.postgres.env" (merge (dict "secret" (include "usher.databaseSecret" .) "keys" .config.database.secret) .) -}}
{{- end -}}
