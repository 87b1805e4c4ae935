{{- define "usher.kafka.namespace" -}}{{ .Values.strimzi.namespace | default .Release.Namespace }}{{- end -}}

{{- define "usher.kafka.sasl" -}}{{ if hasPrefix "SASL" .Values.kafka.securityProtocol }}yes{{ end }}{{- end -}}
{{- define "usher.kafka.tls" -}}{{ if hasSuffix "SSL" .Values.kafka.securityProtocol }}yes{{ end }}{{- end -}}

{{- define "usher.kafka.bootstrap" -}}
{{- with .Values.kafka.bootstrapServers -}}
{{ . }}
{{- else -}}
{{- $port := ternary 9093 9092 (eq (include "usher.kafka.tls" .) "yes") -}}
{{- $cluster := required "Say where Kafka is: kafka.bootstrapServers, or strimzi.cluster for a cluster that Strimzi runs." .Values.strimzi.cluster -}}
{{ $cluster }}-kafka-bootstrap.{{ include "usher.kafka.namespace" . }}.svc:{{ $port }}
{{- end -}}
{{- end -}}

{{/* The secret with the brokers' authority; empty where the image's own trust is enough. */}}
{{- define "usher.kafka.ca" -}}
{{- if eq (include "usher.kafka.tls" .) "yes" -}}
{{- .Values.kafka.ca.name | default (empty .Values.strimzi.cluster | ternary "" (printf "%s-cluster-ca-cert" .Values.strimzi.cluster)) -}}
{{- end -}}
{{- end -}}

{{/* Takes root, name and config. */}}
{{- define "usher.kafka.env" -}}
- name: USHER_KAFKA_BOOTSTRAP_SERVERS
  value: {{ include "usher.kafka.bootstrap" .root | quote }}
- name: USHER_KAFKA_SECURITY_PROTOCOL
  value: {{ .root.Values.kafka.securityProtocol }}
{{- if include "usher.kafka.ca" .root }}
- name: USHER_KAFKA_CA_FILE
  value: /etc/usher/kafka/ca.crt
{{- end }}
{{- if include "usher.kafka.sasl" .root }}
- name: USHER_KAFKA_SASL_MECHANISM
  value: {{ .root.Values.kafka.saslMechanism }}
- name: USHER_KAFKA_USERNAME
{{- if include "usher.strimziUsers" .root }}
  value: {{ include "usher.kafkaUser" . }}
{{- else if .config.kafka.username }}
  value: {{ .config.kafka.username | quote }}
{{- else }}
  valueFrom:
    secretKeyRef: {name: {{ include "usher.kafkaSecret" . }}, key: {{ .config.kafka.secret.usernameKey }}}
{{- end }}
- name: USHER_KAFKA_PASSWORD
  valueFrom:
    secretKeyRef: {name: {{ include "usher.kafkaSecret" . }}, key: {{ .config.kafka.secret.passwordKey }}}
{{- end }}
{{- end -}}
