// The dispatch table of the kernels, one for each instruction set (isa.cpp), and the plain structs they take.
//
// Pixel ranges are [first, last). Images are packed RGB, rows first. Boolean arrays hold 0 or 1.
#pragma once
#include <cstddef>
#include <cstdint>

namespace stillplate {

struct MaskKernels;  // mask_kernels.hpp

// IN: T images, and for each of their pixels a flag and a weight. Strides lead from image to image, in elements.
struct Samples {
    const uint8_t* images;
    ptrdiff_t images_stride;
    const uint8_t* valid;  // null: all samples are valid
    ptrdiff_t valid_stride;
    const float* weights;  // null: each sample has one vote
    ptrdiff_t weights_stride;
    int count;  // T
};

struct PlateOut {
    uint8_t* image;   // [pixels][3], median of the dominant cluster
    float* support;   // [pixels], share of the votes, 0..1
    float* noise;     // [pixels], 8-bit levels
    uint8_t* makers;  // [pixels][(T + 7) / 8], or null: bit t % 8 of byte t / 8 is set if sample t made the colour
};

struct ClusterOut {
    uint8_t* labels;  // [T][stride]
    ptrdiff_t stride;
    double* inertia;  // [pixels], sum of squared distances to the cluster means
};

struct HeaviestOut {
    uint8_t* images;   // [kept][pixels][3], the samples that are kept, in their order
    float* weights;    // [kept][pixels]
    uint16_t* chosen;  // [kept][pixels], their numbers
};

// IN: D = w_R |R − R₀| + w_G |G − G₀| + w_B |B − B₀| in float32; with equal weights, w times the sum of the
// differences.
struct DifferenceInput {
    const uint8_t* image;  // [pixels][3]
    const uint8_t* plate;  // [pixels][3]
    float weights[3];
    const float* thresholds;  // [pixels]; null: `threshold` for all pixels
    float threshold;
};

// IN: downscaled samples, those among them whose votes are added up (the voters), and their votes.
struct AgreementInput {
    const uint8_t* pictures;        // [samples][3][height][width]
    const uint8_t* voter_pictures;  // [voters][3][height][width]
    const float* votes;             // [kinds][voters][height][width]
    const float* agreement;         // [9 · full + 1], weight of a vote by the sum of differences over 3 x 3 pixels
    int samples, voters, kinds, height, width;
    int full;  // 8-bit levels, 1..28: largest difference that counts
};

// IN: a field of vectors. The pixels at which paths start have distance 0 in OUT, the others UNREACHED.
constexpr float UNREACHED = 1e30f;
struct BarrierInput {
    const float* field;  // [height][width][2]
    int height, width;
    int scans;  // over the picture, in alternating directions
};
struct BarrierOut {
    float* squares;     // [height][width], squared distance
    float *high, *low;  // [height][width][2], largest and least components along the best path; the field at first
};

// IN: a grid, seen along one of its axes.
struct GridInput {
    const float* grid;  // [outer][length][inner]
    size_t length, inner;
    const float* weights;  // [radius + 1], of a cell itself, and of those so far from it on either side
    int radius;            // 0..31
};

// IN: smoothed differences of colour, and for each pixel what makes the ground's own of them alike in all directions.
struct WhitenedInput {
    const float* difference;  // [pixels][3], 8-bit levels
    const float* factors;     // [6][pixels], the rows RR RG RB, GG GB, BB of a triangular matrix, 1 / 8-bit levels
    size_t pixels;
};

// IN: values of some samples, and which of them do not count.
constexpr int MOST_KEYS = 512;
struct QuantileInput {
    const float* values;      // [count][cells]
    const uint8_t* left_out;  // [count][cells]; null: all count
    size_t cells;
    int count;            // at most MOST_KEYS
    double share, least;  // those of `kernels.quantile`
};

// Planes of luma and chroma, the latter of half the rows and columns, rounded up. Strides lead from row to row.
constexpr int MATRIX_BITS = 10;  // binary places of a matrix : [3][4], whose last column is an offset
constexpr int PIECE = 128;       // pixels of a row that are converted at once
struct HalfChroma {
    const uint8_t* luma;
    ptrdiff_t luma_stride;
    const uint8_t* chroma[2];
    ptrdiff_t chroma_stride[2];
    int height, width;
};
struct HalfChromaOut {
    uint8_t* luma;
    ptrdiff_t luma_stride;
    uint8_t* chroma[2];
    ptrdiff_t chroma_stride[2];
    int height, width;
};

// IN: a grey picture, the number of its slices down and across, and what each of them begins with.
struct GreyPicture {
    const uint8_t* plane;  // [height][width]
    ptrdiff_t stride;      // from row to row
    int height, width, down, across;
    const uint8_t* heads;    // of all slices, one after another
    const int32_t* lengths;  // [down · across], bytes of each
};

struct Kernels {
    const char* isa;
    void (*dominant_cluster)(const Samples& from, int clusters, float merge, size_t first, size_t last,
                             const PlateOut& out);
    void (*cluster)(const Samples& from, int clusters, size_t first, size_t last, const ClusterOut& out);
    void (*heaviest)(const Samples& from, int kept, size_t pixels, size_t first, size_t last, const HeaviestOut& out);
    void (*difference)(const DifferenceInput& from, float common, size_t first, size_t last, float* d);
    void (*mask)(const DifferenceInput& from, size_t first, size_t last, uint8_t* mask, uint8_t* foreground);
    void (*foreground)(const uint8_t* image, const uint8_t* mask, size_t first, size_t last, uint8_t* foreground);
    void (*patch_agreement)(const AgreementInput& from, size_t first, size_t last, float* sums);
    void (*barrier_distance)(const BarrierInput& from, const BarrierOut& out);
    void (*smooth_grid)(const GridInput& from, size_t first, size_t last, float* out);
    void (*whitened)(const WhitenedInput& from, size_t first, size_t last, float* distance);
    void (*quantile)(const QuantileInput& from, size_t first, size_t last, float* quantiles);
    void (*rgb_from_half_chroma)(const HalfChroma& planes, const int32_t* matrix, uint8_t* rgb);
    void (*halved_from_half_chroma)(const HalfChroma& planes, const int32_t* matrix, uint8_t* rgb);
    void (*small_from_half_chroma)(const HalfChroma& planes, const int32_t* matrix, int step, uint8_t* rgb);
    void (*half_chroma_from_rgb)(const uint8_t* rgb, const int32_t* matrix, const HalfChromaOut& planes);
    void (*cut_half_chroma)(const HalfChroma& planes, const uint8_t* mask, uint8_t black, const HalfChromaOut& out);
    size_t (*ffv1_packet)(const GreyPicture& from, uint8_t* to);
    const MaskKernels* masks;
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
