"""Training by paths drawn uniformly (Guo et al., Single Path One-Shot NAS, ECCV 2020, section 3.2)."""

from proxies.weight_sharing._losses import mean
from proxies.weight_sharing._supernet import WeightSharing, cross_entropy


def uniform_epoch(supernet: WeightSharing) -> dict[str, float]:
    """One pass over the training images, a random architecture each step; gives the mean loss of those drawn."""
    losses = []
    for batch in supernet.paced(supernet.task.train):
        mixture = supernet.network.mixture(supernet.task.space.sample(supernet.rng))
        loss = cross_entropy(supernet.network, batch, mixture)
        supernet.descend(loss)
        losses.append(loss.detach())
    return {"train_loss": mean(losses)}
