# Sourced by start.sh: etcd, the API server, the controllers, the scheduler, and kwok, which plays a node, so that
# Deployments become ready. Users: `admin` may do anything; `limited` may read and change the one Secret
# vibebox-secrets in the namespace default, but not list.

fresh k8s
K8S=$RUN/k8s

kube_certificates() {
  cd "$K8S" || return 1
  openssl genrsa -out sa.key 2048
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=kube-ca -days 30
  openssl req -newkey rsa:2048 -nodes -keyout api.key -out api.csr -subj /CN=kube-apiserver
  openssl x509 -req -in api.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out api.crt -days 30 \
    -extfile <(echo 'subjectAltName=DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1')
}
(kube_certificates) >"$RUN/logs/kube-certificates" 2>&1 || { cat "$RUN/logs/kube-certificates" >&2; return 1; }

printf 'admin-token,admin,admin,"system:masters"\nlimited-token,limited,limited,"devs"\n' >"$K8S/tokens.csv"
cat >"$K8S/kubeconfig" <<C
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://127.0.0.1:$KUBE_PORT", certificate-authority: $K8S/ca.crt}}]
users: [{name: admin, user: {token: admin-token}}, {name: limited, user: {token: limited-token}}]
contexts: [{name: admin, context: {cluster: test, user: admin}}, {name: limited, context: {cluster: test, user: limited}}]
current-context: admin
C
kube() { KUBECONFIG=$K8S/kubeconfig kubectl "$@"; }

launch etcd "$BIN/etcd" --data-dir "$K8S/etcd" --unsafe-no-fsync \
  --listen-client-urls "http://127.0.0.1:$ETCD_PORT" --advertise-client-urls "http://127.0.0.1:$ETCD_PORT" \
  --listen-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" \
  --initial-advertise-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" \
  --initial-cluster "default=http://127.0.0.1:$ETCD_PEER_PORT"
await etcd get "http://127.0.0.1:$ETCD_PORT/health"

# With the plug-in that is switched off, the node of kwok would never be taken for ready.
launch kube-apiserver "$BIN/kube-apiserver" --etcd-servers="http://127.0.0.1:$ETCD_PORT" --bind-address=127.0.0.1 \
  --secure-port="$KUBE_PORT" --tls-cert-file="$K8S/api.crt" --tls-private-key-file="$K8S/api.key" \
  --client-ca-file="$K8S/ca.crt" --token-auth-file="$K8S/tokens.csv" --authorization-mode=RBAC \
  --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$K8S/sa.key" \
  --service-account-signing-key-file="$K8S/sa.key" --service-cluster-ip-range=10.0.0.0/24 \
  --endpoint-reconciler-type=none --allow-privileged=true --disable-admission-plugins=TaintNodesByCondition
await kube-apiserver get --cacert "$K8S/ca.crt" -H 'Authorization: Bearer admin-token' "https://127.0.0.1:$KUBE_PORT/readyz"

launch kube-controller-manager "$BIN/kube-controller-manager" --kubeconfig="$K8S/kubeconfig" --bind-address=127.0.0.1 \
  --secure-port="$KUBE_MANAGER_PORT" --cert-dir="$K8S/manager" --leader-elect=false \
  --service-account-private-key-file="$K8S/sa.key" --root-ca-file="$K8S/ca.crt" \
  --controllers=deployment,replicaset,statefulset,daemonset,job,serviceaccount,namespace,garbagecollector,root-ca-certificate-publisher-controller
launch kwok "$BIN/kwok" --kubeconfig "$K8S/kubeconfig" --manage-all-nodes=true --server-address=
launch kube-scheduler "$BIN/kube-scheduler" --kubeconfig="$K8S/kubeconfig" --bind-address=127.0.0.1 \
  --secure-port="$KUBE_SCHEDULER_PORT" --cert-dir="$K8S/scheduler" --leader-elect=false

kube apply -f - >"$RUN/logs/kube-apply" <<'O'
apiVersion: v1
kind: Node
metadata: {name: fake-0, labels: {kubernetes.io/hostname: fake-0}, annotations: {kwok.x-k8s.io/node: fake}}
status: {allocatable: {cpu: "32", memory: 256Gi, pods: "110"}, capacity: {cpu: "32", memory: 256Gi, pods: "110"}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: limited, namespace: default}
rules: [{apiGroups: [""], resources: [secrets], resourceNames: [vibebox-secrets], verbs: [get, update, patch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: limited, namespace: default}
subjects: [{kind: User, name: limited, apiGroup: rbac.authorization.k8s.io}]
roleRef: {kind: Role, name: limited, apiGroup: rbac.authorization.k8s.io}
O
await kube-controller-manager kube get -n default serviceaccount default
await kube-scheduler get -k "https://127.0.0.1:$KUBE_SCHEDULER_PORT/healthz"
await kwok kube wait --for=condition=Ready node/fake-0 --timeout=2s
put TEST_KUBECONFIG "$K8S/kubeconfig"
put TEST_KUBECTL "$(command -v kubectl)"
