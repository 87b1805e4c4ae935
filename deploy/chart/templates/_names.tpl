{{- define "usher.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 32 | trimSuffix "-" -}}
{{- end -}}

{{- define "usher.facts" -}}
{{- .Files.Get "files/facts.json" -}}
{{- end -}}

{{/* A service's values: what all have, with its own over it. Takes root and name. */}}
{{- define "usher.service" -}}
{{- $own := index .root.Values.services .name | default dict -}}
{{- mustMergeOverwrite (mustDeepCopy .root.Values.defaults) $own | toYaml -}}
{{- end -}}

{{- define "usher.selector" -}}
app.kubernetes.io/name: usher
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .name }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{/* Takes root and name (of the component; none where an object is everybody's). */}}
{{- define "usher.labels" -}}
{{ include "usher.selector" . }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "usher.image" -}}
{{- with .Values.image -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ with .digest }}@{{ . }}{{ end }}
{{- end -}}
{{- end -}}

{{/* Where /livez, /readyz and /metrics are: on no port that anybody else calls. */}}
{{- define "usher.healthPort" -}}8090{{- end -}}

{{- define "usher.url" -}}
http://{{ include "usher.fullname" .root }}-{{ .name }}:{{ .port }}
{{- end -}}

{{- define "usher.serviceAccount" -}}
{{- .config.serviceAccount.name | default (printf "%s-%s" (include "usher.fullname" .root) .name) -}}
{{- end -}}

{{/* The secrets that the values name, or that are named after the release. */}}
{{- define "usher.keysSecret" -}}{{ .Values.keys.name | default (printf "%s-keys" (include "usher.fullname" .)) }}{{- end -}}
{{- define "usher.smtpSecret" -}}{{ .Values.smtp.name | default (printf "%s-smtp" (include "usher.fullname" .)) }}{{- end -}}
{{- define "usher.databaseSecret" -}}
{{- .config.database.secret.name | default (printf "%s-%s-database" (include "usher.fullname" .root) .name) -}}
{{- end -}}
{{- define "usher.ownerSecret" -}}
{{- .config.database.owner.name | default (printf "%s-%s-database-owner" (include "usher.fullname" .root) .name) -}}
{{- end -}}

{{/* Strimzi keeps a user's password in a secret of the user's name. */}}
{{- define "usher.kafkaUser" -}}{{ include "usher.fullname" .root }}-{{ .name }}{{- end -}}
{{- define "usher.strimziUsers" -}}{{ if and .Values.strimzi.cluster .Values.strimzi.users }}yes{{ end }}{{- end -}}
{{- define "usher.kafkaSecret" -}}
{{- $made := ternary (include "usher.kafkaUser" .) (printf "%s-%s-kafka" (include "usher.fullname" .root) .name) (eq (include "usher.strimziUsers" .root) "yes") -}}
{{- .config.kafka.secret.name | default $made -}}
{{- end -}}
