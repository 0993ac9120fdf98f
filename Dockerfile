# The bot in a container: one binary, a folder for its data, nothing else.
#
#   docker build -t quoth .
#   docker run -d --name quoth --restart unless-stopped --stop-timeout 10 \
#       -e DISCORD_TOKEN -e QUOTH_HTTP_ADDRESS=0.0.0.0:9187 -p 127.0.0.1:9187:9187 \
#       -v quoth-data:/var/lib/quoth quoth

FROM rust:1.95-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --locked --release --bin quoth

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --home-dir /var/lib/quoth --create-home quoth
COPY --from=build /src/target/release/quoth /usr/local/bin/quoth
USER quoth
ENV QUOTH_DATA_DIR=/var/lib/quoth QUOTH_LOG_FORMAT=json
VOLUME /var/lib/quoth
# SIGTERM: answers under way are finished, which takes at most five seconds.
STOPSIGNAL SIGTERM
ENTRYPOINT ["quoth"]
CMD ["bot"]
