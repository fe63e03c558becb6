"""Statistics against scipy, and what they say where there is nothing to compare."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import spatial, stats

from auditor.kernels import statistics_counts as counts
from auditor.kernels import statistics_functions as functions
from auditor.kernels import statistics_intervals as intervals
from auditor.kernels import statistics_samples as samples
from auditor.kernels.statistics_mmd import discrepancy

NUMBERS = st.lists(st.one_of(st.integers(-5, 5), st.floats(-1e6, 1e6)), min_size=1, max_size=60)
ROWS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=12)
PAIRS = ROWS.filter(lambda rows: all(map(sum, zip(*rows, strict=True))))
ROW = st.tuples(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
TABLES = st.lists(st.one_of(ROW, ROW.map(lambda row: (*row[:2], 0))), min_size=1, max_size=6)


def near(value: float) -> Any:
    return pytest.approx(value, rel=1e-9, abs=1e-9)


# functions


@given(st.floats(-30, 30))
def test_the_normal_tail_and_quantile(z: float) -> None:
    tail = functions.normal_tail(z)
    assert tail == near(stats.norm.sf(z))
    if 0 < tail < 1:
        assert functions.normal_quantile(tail) == near(stats.norm.ppf(tail))


@given(st.floats(0, 20))
def test_the_kolmogorov_tail(x: float) -> None:
    assert functions.kolmogorov_tail(x) == near(stats.kstwobign.sf(x))


@given(st.integers(1, 200_000), st.floats(0, 6))
def test_the_chi_square_tail(freedom: int, ratio: float) -> None:
    ours, theirs = functions.chi_square_tail(freedom * ratio, freedom), stats.chi2.sf(freedom * ratio, freedom)
    assert ours == near(theirs)
    if theirs > 1e-280:
        assert ours == pytest.approx(theirs, rel=1e-8)


@given(st.integers(1, 5_000), st.floats(1e-6, 0.999))
def test_the_chi_square_quantile(freedom: int, share: float) -> None:
    assert functions.chi_square_quantile(share, freedom) == near(stats.chi2.ppf(share, freedom))


@given(st.integers(1, 300), st.floats(0, 4), st.floats(0, 4_000))
def test_the_noncentral_share(freedom: int, ratio: float, shift: float) -> None:
    x = ratio * (freedom + shift)
    assert functions.noncentral_share(x, freedom, shift) == pytest.approx(stats.ncx2.cdf(x, freedom, shift), abs=1e-9)


@pytest.mark.parametrize(("x", "freedom"), [(30.0, 4), (4_900.0, 9), (5_100.0, 9), (2.0, 4)])
def test_noncentralities_are_those_that_leave_two_and_a_half_per_cent_on_either_side(x: float, freedom: int) -> None:
    low, high = functions.noncentrality(x, freedom)
    assert stats.ncx2.cdf(x, freedom, high) == pytest.approx(0.025, abs=2e-4)
    assert low == 0 or stats.ncx2.sf(x, freedom, low) == pytest.approx(0.025, abs=2e-4)
    assert functions.noncentrality(x, 0) == (0, 0)


def test_incomplete_gamma_refuses_what_it_is_not_defined_for() -> None:
    assert functions.gamma_shares(2, 0) == (0, 1)
    assert functions.gamma_shares(2, math.inf) == (1, 0)
    with pytest.raises(ValueError, match="above 0"):
        functions.gamma_shares(0, 1)


# counts


@given(TABLES)
def test_the_association_of_a_table(rows: list[tuple[int, int, int]]) -> None:
    table = np.array(rows)
    found = counts.association(table)
    used = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(used.shape) < 2:
        assert found == counts.Association()
        return
    theirs = stats.chi2_contingency(used, correction=False)
    assert (found.statistic, found.p, found.freedom) == (near(theirs.statistic), near(theirs.pvalue), theirs.dof)
    assert found.v == near(stats.contingency.association(used))
    assert 0 <= found.low <= found.v + 1e-9
    assert found.v <= found.high + 0.5
    assert 0 <= found.corrected <= found.v + 1e-12


def test_bias_corrected_v_by_hand() -> None:
    found = counts.association([[30, 10], [20, 40]])
    excess = found.statistic / 100 - 1 / 99
    assert found.corrected == near(math.sqrt(excess / (2 - 1 / 99 - 1)))
    assert counts.association([[5, 5], [5, 5]]).corrected == 0
    assert counts.association([[1, 0], [0, 0]]).corrected == 0


@given(PAIRS)
def test_distances_of_categories(rows: list[tuple[int, int]]) -> None:
    left, right = np.array(rows).T
    p, q = left / left.sum(), right / right.sum()
    assert counts.jensen_shannon(left, right) == near(spatial.distance.jensenshannon(p, q, 2) ** 2)
    assert counts.total_variation(left, right) == near(spatial.distance.cityblock(p, q) / 2)
    assert counts.largest_difference(left, right) == near(spatial.distance.chebyshev(p, q))
    of_js, of_variation = counts.jensen_shannon_interval, counts.total_variation_interval
    for effect, interval in ((counts.jensen_shannon, of_js), (counts.total_variation, of_variation)):
        low, high = interval(left, right)
        assert 0 <= low <= effect(left, right) + 1e-12
        assert effect(left, right) - 1e-12 <= high <= 1


@given(PAIRS, st.randoms())
def test_the_order_of_categories_does_not_matter(rows: list[tuple[int, int]], random: Any) -> None:
    shuffled = random.sample(rows, len(rows))
    for statistic in (counts.jensen_shannon, counts.total_variation, counts.largest_difference, counts.stability_index):
        assert statistic(*np.array(rows).T) == pytest.approx(statistic(*np.array(shuffled).T), rel=1e-12, abs=1e-12)


@given(PAIRS)
def test_the_stability_index_is_the_sum_of_both_relative_entropies(rows: list[tuple[int, int]]) -> None:
    left, right = np.array([row for row in rows if any(row)], float).T
    if not (left.all() and right.all()):
        left, right = left + 0.5, right + 0.5
    assert counts.stability_index(*np.array(rows).T) == near(stats.entropy(left, right) + stats.entropy(right, left))


def test_the_stability_index_of_one_distribution_stays_below_its_cut() -> None:
    rng = np.random.default_rng(7)
    draws = [(rng.multinomial(4_000, [0.1] * 10), rng.multinomial(1_000, [0.1] * 10)) for _ in range(2_000)]
    cut = counts.stability_cut(4_000, 1_000, 10)
    assert np.mean([counts.stability_index(*each) > cut for each in draws]) == pytest.approx(0.05, abs=0.015)
    assert counts.stability_cut(100, 100, 1) == counts.stability_cut(0, 100, 10) == 0


def test_delta_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rng, p, q = np.random.default_rng(3), np.array([0.5, 0.3, 0.2]), np.array([0.3, 0.3, 0.4])
    draws = [(rng.multinomial(900, p), rng.multinomial(600, q)) for _ in range(1_000)]
    for interval, truth in (
        (counts.total_variation_interval, counts.total_variation(p, q)),
        (counts.jensen_shannon_interval, counts.jensen_shannon(p, q)),
    ):
        held = [low <= truth <= high for low, high in (interval(*each) for each in draws)]
        assert np.mean(held) == pytest.approx(0.95, abs=0.02)


def test_nothing_is_no_distribution_to_be_far_from() -> None:
    nothing, something = [0, 0], [3, 4]
    for statistic in (counts.jensen_shannon, counts.total_variation, counts.largest_difference, counts.stability_index):
        assert statistic(nothing, something) == statistic([], []) == 0
    assert counts.total_variation_interval(nothing, something) == (0, 0)
    assert counts.association(np.zeros((0, 3))) == counts.Association()
    with pytest.raises(ValueError, match="counts of 0 or more"):
        counts.total_variation([-1, 2], [1, 1])
    with pytest.raises(ValueError, match="same categories"):
        counts.total_variation([1, 2, 3], [1, 1])
    with pytest.raises(ValueError, match="2 dimensions"):
        counts.association([1, 2])


def test_counts_may_be_huge() -> None:
    found = counts.association([[6 * 10**12, 4 * 10**12], [4 * 10**12, 6 * 10**12]])
    assert (found.v, found.p) == (near(0.2), 0)
    assert found.low == pytest.approx(0.2, abs=1e-6)
    assert found.high == pytest.approx(0.2, abs=1e-6)


# samples


@given(NUMBERS, NUMBERS)
def test_two_samples_of_numbers(left: list[float], right: list[float]) -> None:
    values, a, b = samples.tabulate(left, right)
    assert (a.sum(), b.sum()) == (len(left), len(right))
    with warnings.catch_warnings(record=True) as told:  # where scipy's exact p comes to a little over 1, it takes the limit's and says so
        warnings.simplefilter("always")
        theirs = stats.ks_2samp(left, right, method="exact")
    assert samples.kolmogorov_smirnov(a, b) == near(theirs.statistic)
    assert samples.kolmogorov_smirnov_p(a, b) == near(1.0 if told else theirs.pvalue)
    assert samples.wasserstein(values, a, b) == near(stats.wasserstein_distance(left, right))
    u = stats.mannwhitneyu(right, left, method="asymptotic")
    assert samples.area(a, b) == near(u.statistic / len(left) / len(right))
    assert samples.area_p(a, b) == near(1.0 if len(values) == 1 else u.pvalue)


@given(st.integers(1, 400), st.integers(1, 400), st.floats(0, 2))
def test_the_exact_p_of_larger_samples(n: int, m: int, shift: float) -> None:
    rng = np.random.default_rng(n * 401 + m)
    left, right = rng.normal(size=n), rng.normal(shift, size=m)
    _, a, b = samples.tabulate(left, right)
    assert samples.kolmogorov_smirnov_p(a, b) == near(stats.ks_2samp(left, right, method="exact").pvalue)


def test_the_p_of_many_records_is_that_of_the_limit() -> None:
    rng = np.random.default_rng(5)
    left, right = rng.normal(size=5_000), rng.normal(0.05, size=3_000)
    _, a, b = samples.tabulate(left, right)
    theirs = stats.ks_2samp(left, right, method="asymp")
    assert samples.kolmogorov_smirnov_p(a, b) == near(stats.kstwobign.sf(math.sqrt(5_000 * 3_000 / 8_000) * theirs.statistic))
    assert samples.kolmogorov_smirnov_p(a, b) == pytest.approx(theirs.pvalue, rel=0.05)


@given(NUMBERS, st.integers(1, 12))
def test_deciles_cut_into_bins_that_hold_everything(numbers: list[float], parts: int) -> None:
    values, a, _ = samples.tabulate(numbers, [])
    edges = samples.deciles(values, a, parts)
    assert list(edges) == sorted(set(edges))
    assert len(edges) < parts
    bins = samples.binned(values, a, edges)
    assert bins.sum() == len(numbers)
    assert (bins > 0).all()


def test_deciles_of_a_hundred_different_values_are_tens() -> None:
    values, a, _ = samples.tabulate(np.arange(100), [])
    edges = samples.deciles(values, a)
    assert list(edges) == [9, 19, 29, 39, 49, 59, 69, 79, 89]
    assert list(samples.binned(values, a, edges)) == [10] * 10


def test_an_area_s_interval_holds_it_and_does_not_end_at_one() -> None:
    for found in (0.0, 0.3, 0.5, 0.99, 1.0):
        low, high = samples.area_interval(found, 40, 25)
        assert 0 <= low <= found <= high <= 1
    assert samples.area_interval(1.0, 40, 25)[0] == pytest.approx(0.935, abs=0.001)
    assert samples.area_interval(0.5, 0, 25) == (0, 1)


def test_the_intervals_of_samples_hold_the_truth() -> None:
    rng = np.random.default_rng(11)
    held = []
    for _ in range(400):
        values, a, b = samples.tabulate(rng.normal(size=500), rng.normal(0.5, size=400))
        area = samples.area_interval(samples.area(a, b), 500, 400)
        distance = samples.wasserstein_interval(values, a, b)
        largest = samples.kolmogorov_smirnov_interval(samples.kolmogorov_smirnov(a, b), 500, 400)
        truths = (stats.norm.cdf(0.5 / math.sqrt(2)), 0.5, 2 * stats.norm.cdf(0.25) - 1)
        held.append([low <= truth <= high for truth, (low, high) in zip(truths, (area, distance, largest), strict=True)])
    shares = np.mean(held, axis=0)
    assert shares[0] == pytest.approx(0.95, abs=0.03)
    assert shares[1] == pytest.approx(0.95, abs=0.03)
    assert shares[2] >= 0.95


def test_samples_of_nothing_and_of_one_value() -> None:
    values, a, b = samples.tabulate([], [1.0, 2.0])
    assert (samples.kolmogorov_smirnov(a, b), samples.kolmogorov_smirnov_p(a, b), samples.wasserstein(values, a, b)) == (0, 1, 0)
    assert (samples.area(a, b), samples.area_p(a, b), samples.wasserstein_interval(values, a, b)) == (0.5, 1, (0, 0))
    assert list(samples.deciles(values, a)) == []
    assert samples.kolmogorov_smirnov_interval(0.0, 0, 2) == (0, 1)
    values, a, b = samples.tabulate([], [])
    assert (samples.kolmogorov_smirnov(a, b), samples.area(a, b), samples.wasserstein(values, a, b)) == (0, 0.5, 0)
    values, a, b = samples.tabulate([3.0] * 4, [3.0] * 5)
    assert (samples.kolmogorov_smirnov(a, b), samples.kolmogorov_smirnov_p(a, b), samples.wasserstein(values, a, b)) == (0, 1, 0)
    assert (samples.area(a, b), samples.area_p(a, b), list(samples.deciles(values, a))) == (0.5, 1, [])


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        samples.tabulate([math.nan], [1.0])
    values, a, b = samples.tabulate([math.inf, 1.0], [1.0])
    assert samples.kolmogorov_smirnov(a, b) == 0.5
    with pytest.raises(ValueError, match="infinite"):
        samples.wasserstein(values, a, b)


# intervals


@given(st.integers(0, 500), st.integers(1, 500))
def test_wilson_s_interval(count: int, more: int) -> None:
    total = count + more
    theirs = stats.binomtest(count, total).proportion_ci(method="wilson")
    assert intervals.wilson(count, total) == (near(theirs.low), near(theirs.high))
    assert intervals.wilson(0, 0) == (0, 1)


@given(st.lists(st.floats(0, 1), max_size=30))
def test_benjamini_and_hochberg(values: list[float]) -> None:
    theirs = list(stats.false_discovery_control(values)) if values else []
    assert intervals.adjusted(values) == [near(each) for each in theirs]


# vectors


def by_definition(left: Any, right: Any, bandwidth: float) -> float:
    def mean(one: Any, other: Any) -> float:
        pairs = [(x, y) for i, x in enumerate(one) for j, y in enumerate(other) if one is not other or i != j]
        return float(np.mean([math.exp(-((x - y) ** 2).sum() / (2 * bandwidth**2)) for x, y in pairs]))

    return mean(left, left) + mean(right, right) - 2 * mean(left, right)


@given(st.integers(2, 12), st.integers(2, 12), st.integers(1, 4), st.integers(0, 1_000))
def test_the_discrepancy_by_definition(n: int, m: int, dimensions: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    left, right = rng.normal(size=(n, dimensions)), rng.normal(0.5, size=(m, dimensions))
    found = discrepancy(left, right, 20)
    assert found is not None
    assert found.bandwidth == near(float(np.median(spatial.distance.pdist(np.concatenate([left, right])))))
    assert found.squared == near(by_definition(left, right, found.bandwidth))
    shuffled = discrepancy(rng.permutation(left), rng.permutation(right), 20)
    assert shuffled == found


def test_the_discrepancy_tells_two_distributions_from_one() -> None:
    rng = np.random.default_rng(1)
    same = discrepancy(rng.normal(size=(300, 3)), rng.normal(size=(200, 3)))
    other = discrepancy(rng.normal(size=(300, 3)), rng.normal(0.5, size=(200, 3)))
    assert same is not None and other is not None
    assert (same.p > 0.05, other.p) == (True, 1 / 201)
    assert abs(same.squared) < 0.01 < other.squared


def test_the_discrepancy_of_too_few_and_of_equal_records() -> None:
    assert discrepancy(np.zeros((1, 2)), np.zeros((5, 2))) is None
    found = discrepancy(np.zeros((4, 2)), np.zeros((5, 2)), 10)
    assert found is not None
    assert (found.squared, found.bandwidth, found.p) == (near(0), 1, 1)
