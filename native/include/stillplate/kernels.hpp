// The kernels, once per instruction set: isa.cpp is compiled for each.
#pragma once
#include <cstddef>
#include <cstdint>

namespace stillplate {

// IN: T pictures of packed RGB, and, where given, what is valid and how much each sample may vote; strides in elements.
struct Samples {
    const uint8_t* images;
    ptrdiff_t images_stride;
    const uint8_t* valid;  // or null: all of them
    ptrdiff_t valid_stride;
    const float* weights;  // or null: one each
    ptrdiff_t weights_stride;
    int count;
};

struct PlateOut {
    uint8_t* image;  // [pixels][3]
    float* support;  // [pixels]
    float* noise;    // [pixels]
    uint8_t* makers; // [pixels][(samples + 7) / 8], or null: bit t % 8 of byte t / 8 where sample t made the colour
};
struct ClusterOut {
    uint8_t* labels;  // [samples][stride]
    ptrdiff_t stride;
    double* inertia;  // [pixels]
};

// D = w_R |R − R₀| + w_G |G − G₀| + w_B |B − B₀| in float32; with equal weights D = w (|R − R₀| + |G − G₀| + |B − B₀|).
struct Comparison {
    const uint8_t* image;  // [pixels][3]
    const uint8_t* plate;  // [pixels][3]
    float weights[3];
    const float* thresholds;  // [pixels], or null: one for all
    float threshold;
};

// IN: small pictures by channel, those of witnesses, and the votes of the witnesses; what patches that differ so much are worth.
struct Gathering {
    const uint8_t* pictures;  // [samples][3][height][width]
    const uint8_t* seen;      // [witnesses][3][height][width]
    const float* votes;       // [kinds][witnesses][height][width]
    const float* agreement;   // [9 · full + 1]
    int samples, witnesses, kinds, height, width;
    int full;                 // levels, 1..28, at which a pixel differs fully
};

// IN: frame and plate in one light, smoothed, and where they differ.
struct Hue {
    const uint8_t* seen;    // [pixels][3]
    const uint8_t* ground;  // [pixels][3]
    const uint8_t* weak;    // [pixels]
    float dark, hue, hue_share, deepest, brightest;
};

// IN: frame and plate as they are and smoothed, and what has the plate's hue in what light.
struct Texture {
    const uint8_t* image;   // [height][width][3]
    const uint8_t* plate;   // [height][width][3]
    const uint8_t* seen;    // [height][width][3]
    const uint8_t* ground;  // [height][width][3]
    const uint8_t* alike;   // [height][width]
    const float* light;     // [height][width]
    int height, width, cell;
    float dark, flat;
};

// IN: a small mask, how far its inside usually is from the plate, and frame and plate in full size.
struct Edges {
    const uint8_t* mask;   // [rows][columns], 0 or 1
    const float* usual;    // [rows][columns]
    const uint8_t* image;  // [height][width][3]
    const uint8_t* plate;  // [height][width][3]
    const uint8_t* table;  // [256][3]: the frame's levels in the plate's light
    int rows, columns, height, width, factor;
    float edge, weight, most;
};

// Pixels `first` to `last` - 1 of a row, and the region they belong to.
struct Run {
    int32_t row, first, last, region;
};
struct Labelled {
    int32_t runs, regions;
};

struct Kernels {
    const char* level;
    void (*plate)(const Samples& from, int clusters, float merge, size_t first, size_t last, const PlateOut& out);
    void (*cluster)(const Samples& from, int clusters, size_t first, size_t last, const ClusterOut& out);
    void (*difference)(const Comparison& from, float common, size_t first, size_t last, float* d);
    void (*mask)(const Comparison& from, size_t first, size_t last, uint8_t* mask, uint8_t* foreground);
    void (*foreground)(const uint8_t* image, const uint8_t* mask, size_t first, size_t last, uint8_t* foreground);
    void (*agree)(const Gathering& from, size_t first, size_t last, float* sums);
    void (*hue)(const Hue& from, size_t first, size_t last, uint8_t* alike, float* light);
    void (*texture)(const Texture& from, int first, int last, uint8_t* flats, float* sums);
    void (*follow)(const Edges& from, int first, int last, uint8_t* mask);
    Labelled (*label)(const uint8_t* mask, int height, int width, int value, int reach, Run* runs);
    void (*hold)(const Run* runs, size_t count, const uint8_t* flags, int width, double* sums);
    void (*weigh)(const Run* runs, size_t count, const float* picture, int width, double* sums);
    void (*rim)(const Run* runs, size_t count, const uint8_t* flags, const uint8_t* mask, int height, int width, int reach,
                double* rim, double* held);
    void (*paint)(const Run* runs, size_t count, const uint8_t* keep, int width, uint8_t* mask);
};

namespace baseline {
extern const Kernels kernels;
}
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}

}  // namespace stillplate
