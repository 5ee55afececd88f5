# The image of one service, or of all in one process: docker build --build-arg SERVICE=bookingservice .
#
# No stage before the last knows the service, so all images share one build of all programs. BuildKit and the classic
# builder both take this file: hence no syntax line and no mounts. What takes long is kept in layers instead.
ARG GOLANG_IMAGE=golang:1.26.8-bookworm
ARG NODE_IMAGE=node:22.23.3-bookworm-slim

# The web page, which is part of the gateway's program.
FROM ${NODE_IMAGE} AS page
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY contracts/openapi/myevents.json /src/contracts/openapi/
COPY web ./
RUN npm run build

FROM ${GOLANG_IMAGE} AS modules
ARG GOPROXY
ENV CGO_ENABLED=0
WORKDIR /src
COPY go.mod go.sum ./
COPY platform/telemetry/zipkin/go.mod platform/telemetry/zipkin/go.sum platform/telemetry/zipkin/
RUN go mod download

# Which packages of others our programs need: a file that most changes of ours leave as it is, ...
FROM modules AS needed
COPY . .
RUN go list -deps -f '{{if not .Standard}}{{.ImportPath}}{{end}}' ./cmd/... | grep -v ^github.com/myevents/ >/needed

# ... so that the builders have compiled those already.
FROM modules AS built
COPY --from=needed /needed /
RUN xargs go build -trimpath </needed
COPY . .
COPY --from=page /src/web/dist/page web/dist/page
ARG VERSION
# What was compiled is not kept: files of the cache that are only read become part of the layer too, a gigabyte of them.
RUN make programs VERSION="$VERSION" && mkdir /data && rm -rf "$(go env GOCACHE)"

FROM scratch
COPY --from=built /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
# The only place the services write to, relative paths and temporary files included. A new volume takes over its owner.
COPY --from=built --chown=65532:65532 /data /data
WORKDIR /data
ENV TMPDIR=/data
USER 65532:65532
EXPOSE 8080 9100
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 CMD ["/service", "healthcheck"]
ENTRYPOINT ["/service"]
# Up to here all images are the same.
ARG SERVICE=myevents
COPY --from=built /src/build/bin/${SERVICE} /service
ARG VERSION
ARG REVISION
ARG CREATED
LABEL org.opencontainers.image.title="${SERVICE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="https://github.com/myevents/myevents"
