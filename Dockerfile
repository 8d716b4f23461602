# syntax=docker/dockerfile:1
# The program with its models, serving the library in /library. Building takes half an hour on two cores.
#
#   docker build --build-arg COMMIT="$(git rev-parse --short=12 HEAD)" -t tandem .
#   docker run --rm -v tandem:/library tandem init /library
#   docker run -d -p 127.0.0.1:8080:8080 -v tandem:/library -v ~/documents:/documents:ro -e TANDEM_TOKEN="$(openssl rand -hex 16)" --name tandem tandem
#   docker exec tandem tandem add /documents --library /library
#
# It listens on every address of the container, so `serve` wants a token; the program itself needs no network.

FROM rust:1.95-slim-bookworm AS build
# protoc and its own .proto files are what LanceDB's build needs; the image brings the C compiler.
# The base image is what is pinned; Debian keeps no older versions to pin.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends protobuf-compiler libprotobuf-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
# The history stays outside the context: this names the build.
ARG COMMIT=unknown
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/target \
    TANDEM_COMMIT="$COMMIT" CARGO_TARGET_DIR=/target cargo build --release --locked --package tandem \
    && install -D --strip /target/release/tandem /installed/bin/tandem \
    && mkdir -p /installed/share/tandem \
    && cp -R data/models /installed/share/tandem/models \
    && /installed/bin/tandem man --out /installed/share/man/man1

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="tandem" \
      org.opencontainers.image.description="Document question answering with two small models; every sentence quotes its source" \
      org.opencontainers.image.licenses="Apache-2.0"
# Found beside the program: /usr/bin/tandem looks in /usr/share/tandem/models.
COPY --from=build /installed/ /usr/
COPY LICENSE /usr/share/doc/tandem/LICENSE
RUN groupadd --gid 10001 tandem \
    && useradd --uid 10001 --gid tandem --home-dir /library --no-create-home --shell /usr/sbin/nologin tandem \
    && install -d -o tandem -g tandem /library
USER 10001:10001
WORKDIR /library
# The image that is built is the one that was tried, by the user that will run it.
RUN ["tandem", "self-test"]
VOLUME /library
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=6s --start-period=20s --retries=3 CMD ["tandem", "health", "--url", "http://127.0.0.1:8080"]
ENTRYPOINT ["tandem"]
CMD ["serve", "--library", "/library", "--address", "0.0.0.0:8080"]
