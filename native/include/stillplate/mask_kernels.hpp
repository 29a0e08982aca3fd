// The part of the dispatch table that finds masks (isa_masks.cpp), and the plain structs it takes.
#pragma once
#include <cstddef>
#include <cstdint>

namespace stillplate {

// IN: frame and plate, and what `kernels.robust_gain` is told of how they may differ.
struct GainInput {
    const uint8_t *image, *plate;  // [height][width][3]
    int height, width, step;       // every `step`-th row and column is looked at
    const float* logs;             // [766], logarithm of each sum of three levels
    int dark, bright, fewest;      // 8-bit levels between which a channel counts, and pixels that must
    float robust[3];               // 8-bit levels: first and least scale; and its factor from round to round
    int rounds;
    float ridge;                 // levels²
    float gains[2], offsets[2];  // bounds of the result
};

// IN: frame and plate, and what makes the ground's own differences alike in all directions.
struct CompareInput {
    const uint8_t *image, *plate;  // [height][width][3]
    const float* weights;          // [radius + 1], of a pixel itself, and of those so far from it on either side
    const float* factors;          // [6][height][width], those of `WhitenedInput`; null: no distance is wanted
    int height, width, radius;
};
// [height][width]; those but `level` may be null.
struct CompareOut {
    float *difference, *level, *colour, *distance;
};

// IN: a smoothed difference, and its thresholds where no object is near, and beside one of high contrast.
struct RatioInput {
    const float *difference, *lowest, *highest;  // [height][width]
    int height, width, reach;                    // pixels that contrast reaches
    float share, weight;                         // of the contrast in the threshold; and of the result
};

// IN: how far a frame is from the ground's own colours, and its thresholds.
struct FaintInput {
    const float *distance, *level, *contrast;  // [height][width]; the contrast may be null
    const float *far, *lowest;                 // [height][width], thresholds of distance and level
    int height, width, near, reach;            // pixels that contrast reaches, and steps of two that glow reaches
    int every;                   // rows and columns from one pixel that tells how far the whole frame is to the next
    float share, glow, weight;   // of the contrast near by, and of that far off; and of the result
    double shares[2], usual[2];  // quantiles of the distance, and what they usually are
};

struct MaskKernels {
    bool (*robust_gain)(const GainInput& from, float* gain);
    void (*compare)(const CompareInput& from, const CompareOut& out);
    void (*local_ratio)(const RatioInput& from, bool join, float* ratio, float* contrast);
    void (*faint_ratio)(const FaintInput& from, float* ratio);
};

}  // namespace stillplate
