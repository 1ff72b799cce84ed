{{/*
Names, labels and the parts that every pod of the chart shares. Security settings stand here and are
not values on purpose: no combination of values can produce a pod outside the restricted profile.
*/}}

{{- define "veche.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Kept to 46 characters, so that the longest suffix ("-egress-outside") still fits into a DNS label. */}}
{{- define "veche.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 46 | trimSuffix "-" -}}
{{- else if contains (include "veche.name" .) .Release.Name -}}
{{- .Release.Name | trunc 46 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "veche.name" .) | trunc 46 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that select: they never change during the life of a release. */}}
{{- define "veche.releaseSelector" -}}
app.kubernetes.io/name: {{ include "veche.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Arguments: root, component. */}}
{{- define "veche.selector" -}}
{{ include "veche.releaseSelector" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Arguments: root, component. */}}
{{- define "veche.labels" -}}
{{ include "veche.selector" . }}
app.kubernetes.io/part-of: veche
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | trunc 63 | trimAll "-_." | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimAll "-_." }}
{{- end -}}

{{- define "veche.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository ($image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* The Secret that web, worker and scheduler read. */}}
{{- define "veche.secretName" -}}
{{- .Values.secrets.existingSecret | default (include "veche.fullname" .) -}}
{{- end -}}

{{/* The Secret with the owner's database URL. Only the migrate job names it. */}}
{{- define "veche.ownerSecretName" -}}
{{- .Values.migrate.existingSecret | default (printf "%s-migrate" (include "veche.fullname" .)) -}}
{{- end -}}

{{/* Settings that are no secrets, the same for every role. */}}
{{- define "veche.settings" -}}
VECHE_MODE: production
VECHE_LOG: json
VECHE_BASE_DOMAIN: {{ .Values.baseDomain | quote }}
VECHE_ASSOCIATION_HOST: {{ .Values.sites.association | quote }}
VECHE_OPERATOR_HOST: {{ .Values.sites.operator | quote }}
VECHE_TRUST_PROXY: {{ .Values.trustProxy | quote }}
VECHE_MAIL_FROM: {{ .Values.mailFrom | default (printf "noreply@%s" .Values.baseDomain) | quote }}
VECHE_TENANTS: /srv/veche/tenants
VECHE_ASSETS: /srv/veche/build/assets
{{- end -}}

{{/*
One variable from one key of a Secret. Whole Secrets are never handed to a pod (no envFrom), so a key
that an operator keeps beside the expected ones does not reach the application.
Arguments: name, secret, key, optional.
*/}}
{{- define "veche.secretEnv" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
      {{- if .optional }}
      optional: true
      {{- end }}
{{- end -}}

{{/* What every process reads at its start. Argument: secret. */}}
{{- define "veche.requiredEnv" -}}
{{- $secret := .secret -}}
{{- range $key := list "VECHE_DATABASE_URL" "VECHE_REDIS_URL" "VECHE_SECRET_KEY" }}
{{ include "veche.secretEnv" (dict "name" $key "secret" $secret "key" $key) }}
{{- end }}
{{- end -}}

{{/* Environment of web, worker and scheduler. Arguments: root, component. */}}
{{- define "veche.applicationEnv" -}}
{{- $secret := include "veche.secretName" .root -}}
{{- include "veche.requiredEnv" (dict "secret" $secret) }}
{{- if ne .component "scheduler" }}
{{- range $key := list "VECHE_SMTP_URL" "VECHE_SMS_URL" }}
{{ include "veche.secretEnv" (dict "name" $key "secret" $secret "key" $key "optional" true) }}
{{- end }}
{{- end }}
{{- range .root.Values.extraEnv }}
{{- if .secret }}
{{ include "veche.secretEnv" (dict "name" .name "secret" .secret.name "key" .secret.key) }}
{{- else }}
- name: {{ .name }}
  value: {{ .value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Arguments: root, serviceAccount. */}}
{{- define "veche.podBase" -}}
serviceAccountName: {{ .serviceAccount }}
automountServiceAccountToken: false
# Service links would put variables such as VECHE_PORT, named after the release's own services, beside
# the application's settings.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .root.Values.podSecurity.runAsUser }}
  runAsGroup: {{ .root.Values.podSecurity.runAsGroup }}
  fsGroup: {{ .root.Values.podSecurity.fsGroup }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "veche.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  capabilities:
    drop:
      - ALL
  privileged: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{- define "veche.volumeMounts" -}}
volumeMounts:
  - name: tmp
    mountPath: /tmp
  {{- if .Values.tenants.existingClaim }}
  - name: tenants
    mountPath: /srv/veche/tenants
    readOnly: true
  {{- end }}
{{- end -}}

{{- define "veche.volumes" -}}
volumes:
  - name: tmp
    emptyDir:
      sizeLimit: {{ .Values.tmp.sizeLimit }}
  {{- if .Values.tenants.existingClaim }}
  - name: tenants
    persistentVolumeClaim:
      claimName: {{ .Values.tenants.existingClaim }}
      readOnly: true
  {{- end }}
{{- end -}}

{{/* Where pods may be put. Arguments: root, component, role (the values of that role). */}}
{{- define "veche.placement" -}}
{{- $arguments := . -}}
{{- $zone := .root.Values.topologySpread.zone -}}
{{- $host := .root.Values.topologySpread.host -}}
{{- if or (ne $zone "Off") (ne $host "Off") }}
topologySpreadConstraints:
  {{- range $pair := list (list "topology.kubernetes.io/zone" $zone) (list "kubernetes.io/hostname" $host) }}
  {{- if ne (index $pair 1) "Off" }}
  - maxSkew: 1
    topologyKey: {{ index $pair 0 }}
    whenUnsatisfiable: {{ index $pair 1 }}
    labelSelector:
      matchLabels:
        {{- include "veche.selector" $arguments | nindent 8 }}
    # Each rollout is spread on its own, otherwise pods of the old one tip the balance.
    matchLabelKeys:
      - pod-template-hash
  {{- end }}
  {{- end }}
{{- end }}
{{ include "veche.nodes" .role }}
{{- end -}}

{{/* Argument: the values of a role. */}}
{{- define "veche.nodes" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* A change of settings or of a Secret that the chart creates restarts the pods that read it. */}}
{{- define "veche.checksums" -}}
checksum/settings: {{ include "veche.settings" . | sha256sum }}
{{- if not .Values.secrets.existingSecret }}
checksum/secret: {{ .Values.secrets | toJson | sha256sum }}
{{- end }}
{{- end -}}

{{/*
Worker and scheduler serve no HTTP. A process that works touches the file that VECHE_HEARTBEAT names;
one whose file is older than two minutes hangs and is restarted. Until the first touch nothing is judged.
*/}}
{{- define "veche.heartbeatProbes" -}}
{{- $command := list "sh" "-c" "test -z \"$(find \"$VECHE_HEARTBEAT\" -mmin +2 2>/dev/null)\"" -}}
livenessProbe:
  exec:
    command: {{- toYaml $command | nindent 6 }}
  initialDelaySeconds: 30
  periodSeconds: 30
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  exec:
    command: {{- toYaml $command | nindent 6 }}
  periodSeconds: 15
  timeoutSeconds: 5
  failureThreshold: 2
{{- end -}}

{{/* Annotations of what must be there before the migrate job runs. Argument: weight. */}}
{{- define "veche.hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ .weight | quote }}
{{- end -}}

{{/*
Places that a NetworkPolicy rule names: address ranges, or pods chosen by labels. Argument: the list.
Callers must leave the whole rule out when the list is empty, because an empty rule means everywhere.
*/}}
{{- define "veche.peers" -}}
{{- range . }}
{{- if .cidr }}
- ipBlock:
    cidr: {{ .cidr | quote }}
    {{- with .except }}
    except:
      {{- range . }}
      - {{ . | quote }}
      {{- end }}
    {{- end }}
{{- else if .namespaceLabels }}
- namespaceSelector:
    matchLabels:
      {{- toYaml .namespaceLabels | nindent 6 }}
  {{- with .podLabels }}
  podSelector:
    matchLabels:
      {{- toYaml . | nindent 6 }}
  {{- end }}
{{- else }}
- podSelector:
    matchLabels:
      {{- toYaml .podLabels | nindent 6 }}
{{- end }}
{{- end }}
{{- end -}}

{{/* One egress rule, or nothing when it has no destination. Argument: a destination {to, ports}. */}}
{{- define "veche.egressRule" -}}
{{- if .to }}
- to:
    {{- include "veche.peers" .to | trim | nindent 4 }}
  ports:
    {{- range .ports }}
    - protocol: TCP
      port: {{ . }}
    {{- end }}
{{- end }}
{{- end -}}

{{/* Name look-ups. */}}
{{- define "veche.dnsRule" -}}
- to:
    {{- include "veche.peers" .Values.networkPolicy.dns.to | trim | nindent 4 }}
  ports:
    - protocol: UDP
      port: 53
    - protocol: TCP
      port: 53
{{- end -}}
