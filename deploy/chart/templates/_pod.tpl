{{/* What the "restricted" Pod Security Standard asks for, and a file system that cannot be written. */}}
{{- define "usher.pod.security" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "usher.container.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* What every pod of the chart has. Takes root. */}}
{{- define "usher.pod.base" -}}
automountServiceAccountToken: false
# Kubernetes would put USHER_… variables of its own beside ours.
enableServiceLinks: false
securityContext: {{- include "usher.pod.security" . | nindent 2 }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "usher.container.base" -}}
image: {{ include "usher.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext: {{- include "usher.container.security" . | nindent 2 }}
{{- end -}}

{{/* An environment variable's text: whole numbers as they are written, not 3.6e+07. */}}
{{- define "usher.text" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ toJson . }}{{ end -}}
{{- end -}}

{{- define "usher.authorities.volumes" -}}
{{- with include "usher.postgres.ca" .root }}
- name: postgres-authority
  secret: {secretName: {{ . }}, items: [{key: {{ $.root.Values.postgres.ca.key }}, path: ca.crt}]}
{{- end }}
{{- if not .databaseOnly }}
{{- with include "usher.kafka.ca" .root }}
- name: kafka-authority
  secret: {secretName: {{ . }}, items: [{key: {{ $.root.Values.kafka.ca.key }}, path: ca.crt}]}
{{- end }}
{{- end }}
{{- end -}}

{{- define "usher.authorities.mounts" -}}
{{- if include "usher.postgres.ca" .root }}
- {name: postgres-authority, mountPath: /etc/usher/postgres, readOnly: true}
{{- end }}
{{- if not .databaseOnly }}
{{- if include "usher.kafka.ca" .root }}
- {name: kafka-authority, mountPath: /etc/usher/kafka, readOnly: true}
{{- end }}
{{- end }}
{{- end -}}

{{/* Before these pods stand an ingress, and upload before licensing: their addresses stand for many people's. */}}
{{- define "usher.defaultSettings" -}}
USHER_CONNECTIONS_PER_ADDRESS: 0
{{- end -}}

{{/* All that a service is told by its environment. Takes root, name, config and facts. */}}
{{- define "usher.env" -}}
{{- $values := .root.Values -}}
- {name: USHER_ENVIRONMENT, value: production}
- {name: USHER_HOST, value: 0.0.0.0}
- {name: USHER_HEALTH_PORT, value: {{ include "usher.healthPort" .root | quote }}}
- name: USHER_PORT
  value: {{ (index .facts.services .name).port | int | quote }}
- name: USHER_PUBLIC_URL
  value: {{ required "Say where people reach Usher: publicUrl." $values.publicUrl | quote }}
{{- $others := list "licensing" "notification" }}
{{- if eq .name "licensing" }}
{{- $others = list "upload" "validation" "licensing" "notification" }}
{{- end }}
{{- range $other := $others }}
- name: USHER_{{ upper $other }}_URL
  value: {{ include "usher.url" (dict "root" $.root "name" $other "port" (index $.facts.services $other).port) }}
{{- end }}
- name: USHER_SHUTDOWN_SECONDS
  value: {{ .config.shutdownSeconds | int | quote }}
- name: USHER_OIDC_ISSUER
  value: {{ required "Say whose tokens are believed: oidc.issuer." $values.oidc.issuer | quote }}
- name: USHER_OIDC_AUDIENCE
  value: {{ $values.oidc.audience | quote }}
{{ include "usher.kafka.env" . }}
{{ include "usher.postgres.serviceEnv" . }}
{{- if ne .name "notification" }}
- name: USHER_BLOB_URL
  value: {{ required "Say where files are kept: objectStore.url, as in s3://bucket." $values.objectStore.url | quote }}
{{- end }}
{{- if eq .name "upload" }}
- name: USHER_OIDC_CLIENT_ID
  value: {{ $values.oidc.clientId | quote }}
{{- with $values.oidc.clientSecret }}
{{- if .name }}
- name: USHER_OIDC_CLIENT_SECRET
  valueFrom:
    secretKeyRef: {name: {{ .name }}, key: {{ .key }}}
{{- end }}
{{- end }}
- name: USHER_SESSION_KEY
  valueFrom:
    secretKeyRef: {name: {{ include "usher.keysSecret" .root }}, key: {{ $values.keys.sessionKey }}}
{{- with $values.keys.sessionKeyPrevious }}
- name: USHER_SESSION_KEY_PREVIOUS
  valueFrom:
    secretKeyRef: {name: {{ include "usher.keysSecret" $.root }}, key: {{ . }}}
{{- end }}
{{- end }}
- name: USHER_ERASURE_KEY
  valueFrom:
    secretKeyRef: {name: {{ include "usher.keysSecret" .root }}, key: {{ $values.keys.erasureKey }}}
{{- with $values.keys.erasureKeyPrevious }}
- name: USHER_ERASURE_KEY_PREVIOUS
  valueFrom:
    secretKeyRef: {name: {{ include "usher.keysSecret" $.root }}, key: {{ . }}}
{{- end }}
- name: USHER_SERVICE_KEY
  valueFrom:
    secretKeyRef: {name: {{ include "usher.keysSecret" .root }}, key: {{ $values.keys.serviceKey }}}
{{- with $values.keys.serviceKeyPrevious }}
- name: USHER_SERVICE_KEY_PREVIOUS
  valueFrom:
    secretKeyRef: {name: {{ include "usher.keysSecret" $.root }}, key: {{ . }}}
{{- end }}
{{- if has .name (list "licensing" "notification") }}
- name: USHER_INVITATION_KEY
  valueFrom:
    secretKeyRef: {name: {{ include "usher.keysSecret" .root }}, key: {{ $values.keys.invitationKey }}}
{{- with $values.keys.invitationKeyPrevious }}
- name: USHER_INVITATION_KEY_PREVIOUS
  valueFrom:
    secretKeyRef: {name: {{ include "usher.keysSecret" $.root }}, key: {{ . }}}
{{- end }}
{{- end }}
{{- if eq .name "notification" }}
- name: USHER_WEBHOOK_KEY
  valueFrom:
    secretKeyRef: {name: {{ include "usher.keysSecret" .root }}, key: {{ $values.keys.webhookKey }}}
{{- with $values.keys.webhookKeyPrevious }}
- name: USHER_WEBHOOK_KEY_PREVIOUS
  valueFrom:
    secretKeyRef: {name: {{ include "usher.keysSecret" $.root }}, key: {{ . }}}
{{- end }}
- name: USHER_SMTP_URL
  valueFrom:
    secretKeyRef: {name: {{ include "usher.smtpSecret" .root }}, key: {{ $values.smtp.key }}}
{{- with include "usher.bounces" .root | fromYaml }}
- name: USHER_BOUNCE_DOMAIN
  value: {{ .domain | quote }}
{{- if .lmtp }}
- name: USHER_LMTP_PORT
  value: {{ .lmtp | int | quote }}
{{- end }}
{{- if .imap }}
- name: USHER_BOUNCE_IMAP_URL
  valueFrom:
    secretKeyRef: {name: {{ .imap }}, key: {{ $values.bounces.imap.key }}}
{{- end }}
{{- end }}
{{- end }}
{{- with $values.tracing.endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- range $name, $value := merge (dict) .config.settings $values.settings (include "usher.defaultSettings" .root | fromYaml) }}
- name: {{ $name }}
  value: {{ include "usher.text" $value | quote }}
{{- end }}
{{- with .config.env }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* What is taken in of invitations that come back, as YAML: the domain, LMTP's port, the secret of the IMAP folder. */}}
{{- define "usher.bounces" -}}
{{- with .Values.bounces }}
{{- if .domain }}
domain: {{ .domain | quote }}
lmtp: {{ .lmtp.port }}
imap: {{ .imap.name | quote }}
{{- else if or .lmtp.port .imap.name }}
{{- fail "Say which domain invitations come back to: bounces.domain." }}
{{- end }}
{{- end }}
{{- end -}}
