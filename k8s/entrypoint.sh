#!/bin/sh
# Starts the service that is named; telemetry is loaded before everything else.
set -eu
service=${1:?name a service: gateway, fabric, git-sync, k8s-sync or notification}
export OTEL_SERVICE_NAME="${OTEL_SERVICE_NAME:-$service}"
exec node --enable-source-maps --import "/app/apps/$service/dist/otel.js" "/app/apps/$service/dist/main.js"
