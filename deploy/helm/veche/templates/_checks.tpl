{{/*
What the values schema cannot say: things that depend on one another. Every message names the value
and what to do about it. Rendered by checks.yaml, which produces no object.
*/}}
{{- define "veche.checks" -}}
{{- $secrets := .Values.secrets -}}
{{- $migrate := .Values.migrate -}}

{{- if $secrets.existingSecret -}}
  {{- if or $secrets.databaseUrl $secrets.redisUrl $secrets.secretKey -}}
    {{- fail "secrets: give existingSecret, or databaseUrl, redisUrl and secretKey, not both" -}}
  {{- end -}}
{{- else if not (and $secrets.databaseUrl $secrets.redisUrl $secrets.secretKey) -}}
  {{- fail "secrets: give existingSecret, or all of databaseUrl, redisUrl and secretKey" -}}
{{- end -}}

{{- if $migrate.existingSecret -}}
  {{- if $migrate.ownerDatabaseUrl -}}
    {{- fail "migrate: give existingSecret or ownerDatabaseUrl, not both" -}}
  {{- end -}}
{{- else if not $migrate.ownerDatabaseUrl -}}
  {{- fail "migrate: give existingSecret or ownerDatabaseUrl" -}}
{{- end -}}

{{- if eq (include "veche.secretName" .) (include "veche.ownerSecretName" .) -}}
  {{- fail "migrate.existingSecret: keep the owner's database URL in a Secret of its own, apart from secrets.existingSecret" -}}
{{- end -}}
{{- if and $secrets.databaseUrl (eq $secrets.databaseUrl $migrate.ownerDatabaseUrl) -}}
  {{- fail "secrets.databaseUrl: the application must not connect as the owner of the database" -}}
{{- end -}}

{{- $names := list -}}
{{- range .Values.extraEnv -}}
  {{- if has .name $names -}}
    {{- fail (printf "extraEnv: %s is given twice" .name) -}}
  {{- end -}}
  {{- $names = append $names .name -}}
  {{- if and .secret (eq .secret.name (include "veche.ownerSecretName" $)) -}}
    {{- fail (printf "extraEnv: %s reads the owner's Secret, which only the migrate job may read" .name) -}}
  {{- end -}}
{{- end -}}

{{- range $name := list "web" "worker" -}}
  {{- $scaling := (index $.Values $name).autoscaling -}}
  {{- if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) -}}
    {{- fail (printf "%s.autoscaling: minReplicas is greater than maxReplicas" $name) -}}
  {{- end -}}
{{- end -}}
{{- if ge (int .Values.web.preStopSleepSeconds) (int .Values.web.terminationGracePeriodSeconds) -}}
  {{- fail "web.terminationGracePeriodSeconds: must be longer than web.preStopSleepSeconds" -}}
{{- end -}}

{{- if eq .Values.sites.association .Values.sites.operator -}}
  {{- fail "sites: association and operator need different names" -}}
{{- end -}}
{{- $seen := list -}}
{{- range .Values.ingress.domains -}}
  {{- if or (has .host $seen) (eq .host (printf "%s.%s" $.Values.sites.operator $.Values.baseDomain)) -}}
    {{- fail (printf "ingress.domains: host %s leads to the application already" .host) -}}
  {{- end -}}
  {{- $seen = append $seen .host -}}
  {{- if and $.Values.ingress.tls.enabled (not .tlsSecretName) -}}
    {{- fail (printf "ingress.domains: host %s needs a tlsSecretName" .host) -}}
  {{- end -}}
{{- end -}}
{{- end -}}
