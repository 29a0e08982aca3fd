// The part of the dispatch table that finds masks (isa_masks.cpp), and the plain structs it takes.
#pragma once
#include "stillplate/kernels.hpp"

namespace stillplate {

// Pixels `first` to `last` − 1 of a row, and the number of their connected component.
struct Run {
    int32_t row, first, last, component;
};
struct ComponentCounts {
    int32_t runs, components;
};

// Pixels of three masks in a row that are set now and neither before nor after, or before and after but not now; and
// those that are set in any of them.
struct BlinkCounts {
    int64_t blinking, ever;
};

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

// IN: frame, and the plate of each light state, and what `kernels.fit_mixture` is told of how they may differ.
constexpr int MOST_LIGHTS = 8;
struct MixtureInput {
    const uint8_t *image, *plates[MOST_LIGHTS];  // [height][width][3]
    int states, height, width, step;             // every `step`-th row and column is looked at
    const float* logs;                           // [766], logarithm of each sum of three levels
    int dark, bright, fewest;                    // 8-bit levels between which all counts, and pixels that must
    double clipped;                              // weight of a pixel that is not between them
    double alone, together, least, annealing;    // 8-bit levels: first and least scales; factor from round to round
    int rounds;
    double ridge;                  // levels²
    double cap, remaining;         // 8-bit levels; share of the residual that a mixture may leave
    double scales[2], offsets[2];  // bounds of the result
};

// IN: a coarse frame, and what it should be: the mixture of the coarse plates, and its gain.
struct LocalInput {
    const uint8_t *image, *mixed, *plates[MOST_LIGHTS];  // [height][width][3]
    const float *scale, *offset;                         // [3], of red, green and blue
    int height, width, states, main, count;
    struct {
        int state;
        float low, high;  // bounds of its local share
    } beside[MOST_LIGHTS];
    float darkest, brightest;  // bounds of the local brightness
    int sides[2], rounds;      // pixels: of the squares of a share, and of brightness
    float ridge, first, annealing, cap, remaining, residual, least, noticed;  // those of `kernels.LocalLimits`
};

// IN: the plate of each light state, and its shares: of each channel, and what is added to them from place to place.
struct BlendInput {
    const uint8_t* plates[MOST_LIGHTS];  // [height][width][3]
    const float* shares;                 // [states][3]
    const float* field;                  // [rows][columns][states + 1], the last being of brightness; or null
    int states, height, width, rows, columns;
};

// IN: frame and plate in one light, and the plate in another, all smoothed; and where frame and plate differ.
struct OtherInput {
    const uint8_t *seen, *ground, *other;  // [height][width][3]
    const uint8_t* weak;                   // [height][width]
    const float *thresholds, *colour;      // [height][width], 8-bit levels; the latter may be null
    int height, width;
    float between, there;  // thresholds: largest residual between the lights; share of the other that is all of it
};

// IN: frame and plate, and what makes the ground's own differences alike in all directions.
struct CompareInput {
    const uint8_t *image, *plate;  // [height][width][3]
    const float* weights;          // [radius + 1], of a pixel itself, and of those so far from it on either side
    const float* factors;          // [6][height][width], those of `WhitenedInput`; null: no distance is wanted
    int height, width, radius;
};
// [height][width]; the latter two may be null.
struct CompareOut {
    float *difference, *level, *colour, *distance;
};

// IN: a smoothed difference, and its thresholds where no object is near, and beside one of high contrast.
struct RatioInput {
    const float *difference, *lowest, *highest;  // [height][width]
    int height, width, reach;                    // pixels that contrast reaches
    float share, weight;                         // of the contrast in the threshold; and of the result
};

// IN: what tells how far a whole frame is from the ground's own colours.
struct LoudInput {
    int every;                   // rows and columns from one pixel that tells it to the next
    double shares[2], usual[2];  // quantiles of the distance, and what they usually are
};
// IN: how far a frame is from the ground's own colours, and its thresholds.
struct FaintInput {
    const float *distance, *level, *far, *lowest;  // [height][width], and the thresholds of the two
    int height, width, near, reach;                // pixels that contrast reaches, and steps of two that glow reaches
    float share, glow, weight;                     // of the contrast near by, and of that far off; and of the result
    LoudInput loud;
};

// IN: frame and plate, and what their differences are divided by. Thresholds are each [height][width], in 8-bit levels
// but for `far`: where no object is near, and beside one of high contrast.
struct WeighInput {
    CompareInput compare;
    const float *lowest, *highest;                // of level
    const float *colour_lowest, *colour_highest;  // of colour; null: it does not count
    const float *far, *faint;                     // of what is faint, distance and level; null: not wanted
    int near, reach;                              // as in FaintInput
    float share, glow, weight;
    LoudInput loud;
    const int32_t* radii;  // by which what is found is grown: see BitMask.grown_by_width
    int radius_count;
};
// [height][width]; `faint` may be null. OUT near : [height][words].
struct WeighOut {
    float *difference, *level, *ratio, *faint;
    uint64_t* near;
};

// IN: frame and plate, whose light is matched before they are compared.
struct MatchInput {
    GainInput gain;
    double scale, offset;  // least noticeable deviation of the gain from 1, and its least noticeable bias, 8-bit levels
    WeighInput weigh;
};
struct MatchOut {
    float* gain;             // [6], scale and offset of red, green and blue
    uint8_t* table;          // [256][3], that of `gain_table`
    uint8_t *image, *plate;  // [height][width][3], written where the light differs noticeably
    WeighOut weigh;
};

// In the order of `kernels.ShadeLimits`.
struct ShadeLimits {
    float dark, hue, loose, hue_share, deepest, brightest, flat;
    float cell, lines, quietest, sure, visible, misfit, misfit_share, other;
    float whole, least_cast, most_cast;
};
// IN: frame and plate, original and smoothed.
struct ShadeInput {
    const uint8_t *image, *plate, *seen, *ground;  // [height][width][3]
    int height, width;
    int window, reach;  // cells that are compared together; pixels that shade grows
    ShadeLimits limits;
};

// IN: the light of shade.
struct UncastInput {
    const float* light;  // [height][width]
    int height, width;
    int rim, reach;             // pixels that blur reaches; that regions are joined over
    float caster_area, spread;  // of the shadow's area; relative deviation of light
};

// IN: image and plate, both smoothed. Limits are those of `kernels.CastLimits`.
struct CastInput {
    const uint8_t* seen;    // [height][width][3], the smoothed image
    const uint8_t* ground;  // [height][width][3], the smoothed plate
    const float* hue;       // [3], light of red, green and blue in a shadow, as a share of their mean
    int height, width;
    float dark;                // 8-bit levels, added to both images
    float change, levels;      // largest mean deviation: a share of the change, and 8-bit levels
    float flat;                // largest deviation of the light near by, as a share of what is missing of it
    float deepest, brightest;  // the light lies between these
};

// IN: a mask of things, and what is known of the shadows that things cast.
struct CastShadowInput {
    CastInput colours;
    const uint8_t* mask;  // [height][width]
    const float* depth;   // [16], largest by direction of the nearest ground, as a share of a thing's largest distance
    int rim;              // pixels
    double least, small;  // pixels of what is left, and of a thing of which all is left otherwise
};

// IN: frame and plate, both smoothed. Limits are those of `kernels.soft_shade`.
struct SoftInput {
    const uint8_t *seen, *ground;  // [height][width][3]
    int height, width, every;
    double veil;
    float dark, change, levels, flat, deepest, brightest;
};

// IN: what the weight of a pixel is made of. Those of `kernels.weigh_pixels`.
struct TrustInput {
    const float *quietness, *level, *sure, *ratio;  // [pixels]
    const uint8_t* risen;                           // [pixels], or null
    float seed;
};

// IN: evidence, and what its regions must have.
struct RegionInput {
    const float *ratio, *trust;  // [height][width]; weight of each pixel in a region's size, null: 1
    int height, width, reach;    // pixels over which gaps are closed
    float seed;                  // strong evidence
    double least, hole;          // pixels: smallest region and smallest hole that stay
};

// IN: evidence, what noise makes of it, and larger regions.
struct SmallInput {
    const float *ratio, *level, *noise;  // [height][width]; the two latter in 8-bit levels
    const uint8_t *risen, *large;        // [height][width]; where the ratio is less certain, null: nowhere
    int height, width, fewest;           // pixels of clear evidence
    float seed, clear;                   // thresholds of the ratio; multiples of the noise
    double least;                        // sum of squared strength
};

// IN: the difference of frame and plate, by which edges are cut.
struct InnerInput {
    const float *difference, *ground;  // [height][width], 8-bit levels; the ground's own, or null
    int height, width, reach;          // pixels near by
    float few, edge, lift;             // those of `kernels.Inside`
};

// IN: a mask at 1 / factor of the size, and image and plate in full size.
struct UpsampleInput {
    const uint8_t *mask, *whole;  // [rows][columns], the latter as it was before it was trimmed
    InnerInput inner;             // of the small picture
    const uint8_t* image;         // [height][width][3]
    const uint8_t* plate;         // [height][width][3]
    const uint8_t* table;         // [256][3], the image's level in the plate's exposure
    int rows, columns, height, width, factor;
    float edge, weight, most;  // those of `kernels.finish_mask`
};

// In the order of `kernels.FoundLimits`.
struct FoundLimits {
    double seed;                                                   // of strong evidence
    double caster_area, spread, levels_least;                      // of shade that nothing proves
    double clear, veil, levels, change, flat, deepest, brightest;  // of soft shade
    double power, deep, mostly;                                    // of shade where faint evidence counts
    double least, hole, enclosed;                                  // of regions
};
// IN: the scene's lights besides the plate's.
struct LightsInput {
    const uint8_t* plates[MOST_LIGHTS];  // [height][width][3], smoothed
    int count;
    const float* colour;   // [height][width], thresholds of colour, 8-bit levels; or null
    float between, there;  // those of OtherInput
    float brightest;       // largest light of a reflection, as a share of the plate's
    int upright;           // pixels
};
// IN: the evidence of a frame, and all that masks are made of.
struct FoundInput {
    const uint8_t *image, *plate, *ground;  // [height][width][3], the latter the plate, smoothed; null: it is not yet
    const float *ratio, *faint;             // [height][width]
    const uint64_t* lasting;                // [height][words], where faint evidence counts, or null
    const float *level, *quietness, *sure;  // [height][width]
    const float* specks;                    // [height][width], 1 / least area of a region, or null
    const CastShadowInput* cast;            // what is known of shadows that things cast, without pictures; or null
    const LightsInput* lights;              // null: the scene has one
    InnerInput inner;
    int height, width;
    int every, window, reach, rim, beside, trim;  // pixels or cells
    ShadeLimits shade;
    FoundLimits limits;
};
// [height][width]; `cut`, shadows that things cast, may be null.
struct FoundOut {
    float* ratio;
    uint8_t *risen, *shadow, *whole, *mask, *cut;
};
// Nothing is strong, so that no mask is written; or masks are told; or shade has levels of light that are not told
// apart here.
enum FoundState { NOTHING, FOUND, UNTOLD };

// IN: the masks of three frames in a row, [height][width], and the evidence of the middle one.
struct SteadyInput {
    const uint8_t *before, *mask, *after;
    const uint8_t *cut, *further;  // what was taken of it, and the masks of frames farther off; both may be null
    const float* ratio;
    int height, width;
    float seed;            // strong evidence
    double largest;        // pixels of a region that may go
    const int32_t* radii;  // by which the neighbours are grown: see BitMask.grown_by_width
    int radius_count, aside;
};

// An image of which pieces are converted from planes when they are looked at; nothing is where `planes` is null.
struct PicturePieces {
    const HalfChroma* planes;
    const int32_t* matrix;
    uint8_t *made, *rgb;  // [⌈height / 2⌉][⌈width / PIECE⌉], what is converted; [height][width][3]
};

// IN: what makes the mask at the frame's size.
struct FinishInput {
    UpsampleInput up;
    PicturePieces pieces;   // of the frame's image
    SmallInput small;       // `large` is what small regions must not touch
    const uint8_t* shadow;  // [rows][columns], beside which they are not looked for
    int around;             // pixels of the frame near small regions whose difference counts
    float part;             // of the largest difference there, above which a pixel belongs to the region
    const float* specks;    // [height][width], 1 / least area of a region, or null
};

// IN: an image prepared for alignment, and another. Limits are those of `kernels.align`.
constexpr int MOST_GENERATORS = 8;
struct AlignInput {
    const float* frame;                     // [height][width], 8-bit levels
    const double* places;                   // [count][2], x and y
    const float *levels, *steep, *columns;  // [count]; slopes; [generators + 2][count]
    const float* trust;                     // [count]; null: 1
    const double *basis, *way;              // [generators][3][3]; [3][3]
    int height, width, count, generators, steps, fewest;
    double farthest, least_step;
    float noise;
};

// IN: how likely pixels are foreground, and what they differ by. Limits are those of `kernels.join_odds`.
struct OddsInput {
    const float *likelihood, *ratio;  // [pixels]
    const float *limits, *factors;    // [limits_count]; one more
    int limits_count;
    size_t pixels;
    float least;
};

// IN: an image to be prepared for alignment. Limits are those of `kernels.steepest`.
struct SteepInput {
    const float* image;    // [height][width], 8-bit levels
    const uint8_t* known;  // [height][width]; null: all is
    int height, width, cell, most;
    float least;
};

// IN: pairs of points. Limits are those of `kernels.fit_pairs`.
struct PairsInput {
    const double *basis, *start;                // [generators][3][3]; [3][3]
    const double *sources, *targets, *weights;  // [count][2], x and y; [count]
    const double* scales;                       // [scale_count], pixels
    int generators, count, scale_count, rounds;
    double damping, enough;
};

struct MaskKernels {
    void (*downscale)(const uint8_t* image, int height, int width, int factor, uint8_t* reduced);
    bool (*robust_gain)(const GainInput& from, float* gain);
    void (*gain_table)(const float* gain, uint8_t* table);
    void (*look_up)(const uint8_t* image, const uint8_t* table, size_t first, size_t last, uint8_t* out);
    int (*fit_mixture)(const MixtureInput& from, double* slopes, double* offset);
    bool (*local_shares)(const LocalInput& from, float* field);
    void (*blend)(const BlendInput& from, uint8_t* mixed);
    void (*other_light)(const OtherInput& from, uint8_t* found);
    void (*join_odds)(const OddsInput& from, float* odds);
    void (*count_odds)(const float* odds, size_t pixels, int bins, double* counts, double* sums);
    float (*align)(const AlignInput& from, double* found);
    int (*steepest)(const SteepInput& from, int32_t* found, float* slopes);
    void (*slope_columns)(const SteepInput& from, const double* basis, int generators, const int32_t* places,
                          const float* slopes, size_t count, float* columns);
    void (*fit_pairs)(const PairsInput& from, double* fitted);
    void (*compare)(const CompareInput& from, const CompareOut& out);
    void (*local_ratio)(const RatioInput& from, bool join, float* ratio);
    void (*faint_ratio)(const FaintInput& from, float* ratio);
    void (*weigh_frame)(const WeighInput& from, const WeighOut& out);
    bool (*match_frame)(const MatchInput& from, const MatchOut& out);
    void (*shade)(const ShadeInput& from, const uint8_t* weak, uint8_t* shadow, uint8_t* proven, float* light);
    void (*uncast_shade)(const UncastInput& from, const uint8_t* const* masks, uint8_t* lighter, uint8_t* uncast);
    void (*cast_shadow)(const CastShadowInput& from, uint8_t* cut, uint8_t* rest);
    void (*soft_shade)(const SoftInput& from, const float* ratio, const float* level, float clear, uint8_t* soft,
                       float* light);
    FoundState (*find_objects)(const FoundInput& from, bool shadows, bool closed, const FoundOut& out);
    void (*join_faint)(const float* ratio, const float* faint, const uint8_t* lasting, size_t pixels, float* joined,
                       uint8_t* risen);
    void (*weigh_pixels)(const TrustInput& from, size_t pixels, float* trust);
    void (*pack_weak)(const float* ratio, const float* faint, int height, int width, uint64_t* bits);
    void (*grow_by_width)(const uint64_t* bits, int height, int width, const int32_t* radii, int count, uint64_t* near);
    void (*find_lasting)(const uint64_t* const* bits, int count, int here, int length, size_t words, uint64_t* lasting);
    void (*pack_mask)(const uint8_t* flags, int height, int width, uint64_t* bits);
    BlinkCounts (*count_blinks)(const uint64_t* before, const uint64_t* now, const uint64_t* after, size_t words);
    bool (*steady_mask)(const SteadyInput& from, uint8_t* steady);
    void (*solid_regions)(const RegionInput& from, bool closed, uint8_t* mask);
    void (*trim_edges)(const InnerInput& from, const uint8_t* mask, int rim, double hole, uint8_t* trimmed);
    void (*finish_mask)(const FinishInput& from, bool smalls, uint8_t* mask);
    ComponentCounts (*label_components)(const uint8_t* mask, int height, int width, int value, int reach, Run* runs);
    void (*measure_components)(const Run* runs, size_t count, size_t components, int64_t* table);
    void (*count_pixels)(const Run* runs, size_t count, const uint8_t* flags, int width, double* sums);
    void (*sum_values)(const Run* runs, size_t count, const float* picture, int width, double* sums);
    void (*count_border)(const Run* runs, size_t count, const uint8_t* flags, const uint8_t* mask, int height,
                         int width, int reach, double* outside, double* held);
    void (*fill_components)(const Run* runs, size_t count, const uint8_t* keep, int width, uint8_t* mask);
    void (*nearest_outside)(const Run* runs, size_t count, int height, int width, int32_t* paths, int32_t* sources,
                            float* distances, uint8_t* sectors);
    void (*max_values)(const Run* runs, size_t count, const float* picture, int width, float* maxima);
    void (*grow_bits)(const uint64_t* bits, int height, int width, int radius, bool shrink, uint64_t* room,
                      uint64_t* out);
};

}  // namespace stillplate
