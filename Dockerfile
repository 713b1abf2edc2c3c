# docker build -t precedent .
# docker run -d --name precedent --init --restart on-failure --env-file .env -v precedent:/data precedent
#
# The page stays inside the container unless it is published: -p 127.0.0.1:3000:3000 -e HOST=0.0.0.0 -e PAGE_TOKEN=…

FROM node:22-bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ libfaiss-dev libopenblas-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts/setup*.mjs scripts/
# From source: FAISS is Debian's then, whatever the network of the build allows.
RUN npm_config_build_from_source=true node scripts/setup.mjs --no-compile
COPY tsconfig.json ./
COPY src src
COPY commands commands
RUN npm_config_build_from_source=true node scripts/setup.mjs --build \
 && npm prune --omit=dev --ignore-scripts \
# ONNX Runtime brings the libraries of every platform: 245 of 288 MB are foreign here.
 && find node_modules/onnxruntime-node/bin/napi-v6 -mindepth 2 -maxdepth 2 \
      ! -path "*/linux/$(node -p process.arch)" -exec rm -rf {} +

FROM node:22-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends libgomp1 libopenblas0-pthread \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o node -g node /data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY models/box models/box
COPY scripts/healthcheck.mjs scripts/
ENV NODE_ENV=production DATA_DIR=/data HF_HOME=/data/huggingface
USER node
VOLUME /data
STOPSIGNAL SIGTERM
# The first start fetches and indexes a corpus; the small model answers within a minute.
HEALTHCHECK --interval=30s --timeout=5s --start-period=180s --retries=3 \
  CMD ["node", "scripts/healthcheck.mjs"]
CMD ["node", "--enable-source-maps", "dist/src/cli.js", "start"]
