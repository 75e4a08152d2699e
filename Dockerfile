# One image for all services; the service is chosen by the argument: `docker run heddle fabric`.
FROM node:26.10.0-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc nx.json tsconfig.base.json ./
COPY apps ./apps
COPY libs ./libs
COPY tools ./tools
COPY e2e/package.json ./e2e/package.json
RUN node tools/run.mjs build

FROM node:26.10.0-bookworm-slim AS dependencies
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY apps ./apps
COPY libs ./libs
COPY tools ./tools
COPY e2e/package.json ./e2e/package.json
RUN npm ci --omit=dev --omit=optional --workspace @heddle/gateway --workspace @heddle/fabric --workspace @heddle/git-sync \
      --workspace @heddle/k8s-sync --workspace @heddle/notification

FROM node:26.10.0-bookworm-slim
# git and ssh: git-sync reads repositories with them.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates git openssh-client tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home heddle \
 && install --directory --owner=10001 --group=10001 /var/lib/heddle
WORKDIR /app
COPY --from=dependencies /src/node_modules ./node_modules
COPY --from=build /src/apps/gateway/dist ./apps/gateway/dist
COPY --from=build /src/apps/fabric/dist ./apps/fabric/dist
COPY --from=build /src/apps/git-sync/dist ./apps/git-sync/dist
COPY --from=build /src/apps/k8s-sync/dist ./apps/k8s-sync/dist
COPY --from=build /src/apps/notification/dist ./apps/notification/dist
COPY package.json ./
COPY k8s/entrypoint.sh /usr/local/bin/heddle-service
ENV NODE_ENV=production HEDDLE_HTTP_HOST=0.0.0.0 HEDDLE_HTTP_PORT=8080 HEDDLE_GIT_FOLDER=/var/lib/heddle
USER 10001
EXPOSE 8080
ENTRYPOINT ["tini", "--", "heddle-service"]
CMD ["gateway"]
