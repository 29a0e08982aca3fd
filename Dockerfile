# docker build -t stillplate .
# docker run --rm -v "$PWD:/work" stillplate render clip.mp4 -o out
# On Linux, add --user "$(id -u):$(id -g)", so that the outputs are yours.
FROM python:3.13-slim AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/*
COPY . /source
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels /source

FROM python:3.13-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir "$(echo /wheels/*.whl)[view]" \
    && rm -r /wheels
RUN useradd --create-home --uid 1000 stillplate
USER 1000
WORKDIR /work
ENTRYPOINT ["stillplate"]
CMD ["--help"]
